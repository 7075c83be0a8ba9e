--[[ ---
name: citation-parser
description: Reads BibTeX and turns each citation into a note
version: 1.0.0
author: Crucible contributors
license: MIT
language: lua
capabilities: [KilnRead, KilnWrite]
actions:
  main:
    description: Parses BibTeX and returns its entries, and what is wrong with the others
    parameters:
      bibtex: {type: string, required: true, description: Text of a .bib file}
    returns:
      type: object
      properties:
        entries:
          type: array
          items:
            type: object
            required: [key, type, line, authors, editors, keywords, fields]
            properties:
              key: string
              type: string
              line: {type: integer, description: Where the entry begins}
              authors: {type: array, items: {type: object, properties: {name: string, family: string, given: string, particle: string, suffix: string}}}
              editors: {type: array, items: {type: object, properties: {name: string, family: string, given: string, particle: string, suffix: string}}}
              et_al: {type: boolean, description: The list of authors ends with "and others"}
              title: string
              year: integer
              venue: {type: string, description: "Journal, proceedings, school or publisher, whichever the entry has"}
              keywords: {type: array, items: string}
              fields: {type: object, additionalProperties: string}
        problems: {type: array, items: {type: object, required: [line, message]}, description: Entries that could not be read}
        warnings: {type: array, items: {type: object, required: [line, message]}, description: Oddities of entries that were read}
    annotations: {readOnly: true, title: Parse BibTeX}
  import:
    description: Parses BibTeX and writes one note for each citation; notes that are up to date stay untouched
    parameters:
      bibtex: {type: string, required: true, description: Text of a .bib file}
      folder: {type: string, default: citations, description: Folder of the kiln for the notes}
    returns:
      type: object
      properties:
        written: {type: array, items: string, description: Paths of notes that were created or changed}
        unchanged: {type: array, items: string}
        problems: {type: array, items: {type: object}}
        warnings: {type: array, items: {type: object}}
    annotations: {readOnly: false, destructive: false, idempotent: true, title: Import citations}
examples:
  - description: One article, with an accent and an abbreviated journal
    action: main
    params:
      bibtex: '@string{jp = "Journal of Plants"} @article{m66, author = {Mendel, Gregor Jos{\`e}ph}, title = {Peas}, journal = jp, year = 1866}'
tests:
  - name: an empty library has no entries
    action: main
    params: {bibtex: ""}
    result: {entries: [], problems: [], warnings: []}
--- ]]

--- Citations from BibTeX.
---
--- Understands what BibTeX itself does: `@string` and the names of the months, values joined with `#`, nested braces,
--- entries in parentheses, `@comment` and `@preamble`, `crossref`, and names in all three forms with von parts. LaTeX
--- accents and symbols become Unicode. An entry that cannot be read is reported with its line, and the rest is kept.

local crucible = require("crucible")

-- LaTeX ---------------------------------------------------------------------------------------------------------------

-- For each accent: letters, each followed by the letter that bears the accent, and the combining mark for all others.
local accents = {
  ["'"] = { "AÁEÉIÍOÓUÚYÝaáeéiíoóuúyýCĆcćGǴgǵLĹlĺNŃnńRŔrŕSŚsśZŹzźKḰkḱMḾmḿPṔpṕWẂwẃÂẤâấÊẾêếÔỐôốĂẮăắ", 0x301 },
  ["`"] = { "AÀEÈIÌOÒUÙaàeèiìoòuùNǸnǹWẀwẁYỲyỳÂẦâầÊỀêềÔỒôồĂẰăằ", 0x300 },
  ["^"] = { "AÂEÊIÎOÔUÛaâeêiîoôuûCĈcĉGĜgĝHĤhĥJĴjĵSŜsŝWŴwŵYŶyŷZẐzẑ", 0x302 },
  ['"'] = { "AÄEËIÏOÖUÜYŸaäeëiïoöuüyÿHḦhḧWẄwẅXẌxẍtẗ", 0x308 },
  ["~"] = { "AÃNÑOÕaãnñoõIĨiĩUŨuũEẼeẽYỸyỹVṼvṽÂẪâẫÊỄêễÔỖôỗĂẴăẵ", 0x303 },
  ["="] = { "AĀaāEĒeēIĪiīOŌoōUŪuūYȲyȳGḠgḡ", 0x304 },
  ["."] = { "CĊcċEĖeėGĠgġIİZŻzżAȦaȧOȮoȯBḂbḃDḊdḋFḞfḟHḢhḣMṀmṁNṄnṅPṖpṗRṘrṙSṠsṡTṪtṫXẊxẋYẎyẏ", 0x307 },
  u = { "AĂaăEĔeĕGĞgğIĬiĭOŎoŏUŬuŭ", 0x306 },
  v = { "AǍaǎCČcčDĎdďEĚeěGǦgǧIǏiǐKǨkǩLĽlľNŇnňOǑoǒRŘrřSŠsšTŤtťUǓuǔZŽzžHȞhȟjǰ", 0x30C },
  H = { "OŐoőUŰuű", 0x30B },
  c = { "CÇcçEȨeȩGĢgģKĶkķLĻlļNŅnņRŖrŗSŞsşTŢtţDḐdḑHḨhḩ", 0x327 },
  k = { "AĄaąEĘeęIĮiįOǪoǫUŲuų", 0x328 },
  r = { "AÅaåUŮuůwẘyẙ", 0x30A },
  d = { "AẠaạBḄbḅDḌdḍEẸeẹHḤhḥIỊiịKḲkḳLḶlḷMṂmṃNṆnṇOỌoọRṚrṛSṢsṣTṬtṭUỤuụVṾvṿWẈwẉYỴyỵZẒzẓ", 0x323 },
  b = { "BḆbḇDḎdḏKḴkḵLḺlḻNṈnṉRṞrṟTṮtṯZẔzẕhẖ", 0x331 },
  t = { "", 0x361 },
}

local symbols = {
  ss = "ß", SS = "ẞ", o = "ø", O = "Ø", l = "ł", L = "Ł", ae = "æ", AE = "Æ", oe = "œ", OE = "Œ", aa = "å", AA = "Å",
  dh = "ð", DH = "Ð", th = "þ", TH = "Þ", dj = "đ", DJ = "Đ", ng = "ŋ", NG = "Ŋ", i = "ı", j = "ȷ",
  S = "§", P = "¶", copyright = "©", pounds = "£", dag = "†", ddag = "‡", euro = "€", texteuro = "€",
  ldots = "…", dots = "…", textellipsis = "…", textendash = "–", textemdash = "—", textbullet = "•", textdegree = "°",
  textquoteleft = "‘", textquoteright = "’", textquotedblleft = "“", textquotedblright = "”", textquotesingle = "'",
  guillemotleft = "«", guillemotright = "»", quotedblbase = "„", quotesinglbase = "‚", textregistered = "®",
  texttrademark = "™", textbackslash = "\\", textasciitilde = "~", textasciicircum = "^", textunderscore = "_",
  textless = "<", textgreater = ">", textbar = "|", textordfeminine = "ª", textordmasculine = "º",
  LaTeX = "LaTeX", TeX = "TeX", BibTeX = "BibTeX", LaTeXe = "LaTeX2e",
  alpha = "α", beta = "β", gamma = "γ", delta = "δ", epsilon = "ε", lambda = "λ", mu = "μ", pi = "π", sigma = "σ",
  omega = "ω", Delta = "Δ", Lambda = "Λ", Sigma = "Σ", Omega = "Ω", times = "×", textmu = "µ",
}

-- Commands that say nothing about the text itself, and swallow their argument.
local swallowing = { noopsort = true, vspace = true, hspace = true, label = true, SortNoop = true }

local max_nesting = 100

local compose = {}
local is_small = {}
for mark, entry in pairs(accents) do
  local pairs_of_mark, base = {}, nil
  for _, code in utf8.codes(entry[1]) do
    local letter = utf8.char(code)
    if base then
      pairs_of_mark[base] = letter
      if base:match("^%l") or is_small[base] then is_small[letter] = true end
      base = nil
    else
      base = letter
    end
  end
  compose[mark] = { letters = pairs_of_mark, combining = utf8.char(entry[2]) }
end
for _, letter in ipairs({ "ß", "ø", "ł", "æ", "œ", "å", "ð", "þ", "đ", "ŋ", "ı", "ȷ" }) do is_small[letter] = true end

local function first_letter(text)
  return text:match("^[%z\1-\127\194-\244][\128-\191]*") or ""
end

local function put_accent(mark, text)
  local letter = first_letter(text)
  if letter == "" then return "" end
  local base = letter == "ı" and "i" or letter == "ȷ" and "j" or letter
  local how = compose[mark]
  return (how.letters[base] or letter .. how.combining) .. text:sub(#letter + 1)
end

-- Each of these reads from `at` and returns what it read as Unicode, and where it ended.
local read_latex

local function read_argument(text, at, depth)
  at = text:match("^%s*()", at)
  local character = text:sub(at, at)
  if character == "{" then return read_latex(text, at + 1, depth + 1) end
  if character == "\\" then
    local name, after = text:match("^\\(%a+)%s*()", at)
    if name and symbols[name] then return symbols[name], after end
    if name then return "", after end
    return text:sub(at + 1, at + 1), at + 2
  end
  if character == "" or character == "}" then return "", at end
  local letter = first_letter(text:sub(at, at + 3))
  return letter, at + math.max(1, #letter)
end

local function read_command(text, at, depth)
  local name, after = text:match("^\\(%a+)()", at)
  if not name then
    local sign = text:sub(at + 1, at + 1)
    if compose[sign] then
      local argument, ended = read_argument(text, at + 2, depth)
      return put_accent(sign, argument), ended
    end
    if sign == "\\" or sign == " " or sign == "\n" or sign == "," or sign == ";" then return " ", at + 2 end
    if sign == "-" or sign == "/" or sign == "!" or sign == "" then return "", at + 2 end
    return sign, at + 2
  end
  if compose[name] then
    local argument, ended = read_argument(text, after, depth)
    return put_accent(name, argument), ended
  end
  local symbol = symbols[name]
  if symbol then
    -- Blanks and an empty group behind a name only end it.
    return symbol, text:match("^%s*{}()", after) or text:match("^%s*()", after)
  end
  if swallowing[name] then
    local _, ended = read_argument(text, after, depth)
    return "", ended
  end
  if name == "href" then
    local _, ended = read_argument(text, after, depth)
    return read_argument(text, ended, depth)
  end
  if name == "enquote" then
    local quoted, ended = read_argument(text, after, depth)
    return "“" .. quoted .. "”", ended
  end
  -- \emph{text}, {\em text} and what is not known: the text stays.
  return "", text:match("^%s*()", after)
end

-- Reads to the closing brace of the group in which `at` lies, or to the end.
function read_latex(text, at, depth)
  local out, opened = {}, 0
  while at <= #text do
    local special = text:find("[\\{}$~`'%-]", at)
    if not special then
      out[#out + 1] = text:sub(at)
      return table.concat(out), #text + 1
    end
    out[#out + 1] = text:sub(at, special - 1)
    local sign = text:sub(special, special)
    local piece, ended
    if sign == "}" then
      return table.concat(out), special + 1
    elseif sign == "{" then
      if depth < max_nesting then
        piece, ended = read_latex(text, special + 1, depth + 1)
      else
        piece, ended = "", special + 1
      end
    elseif sign == "\\" then
      piece, ended = read_command(text, special, depth)
    elseif sign == "$" then
      -- Mathematics stays as it is: notes can show it.
      local close = text:find("$", special + 1, true)
      ended = close and close + 1 or special + 1
      piece = text:sub(special, ended - 1)
    elseif sign == "~" then
      piece, ended = " ", special + 1
    elseif sign == "-" then
      local run = text:match("^%-+", special)
      piece = #run == 1 and "-" or #run == 2 and "–" or "—"
      ended = special + #run
    else
      local double = text:sub(special, special + 1)
      if double == "``" then
        piece, ended = "“", special + 2
      elseif double == "''" then
        piece, ended = "”", special + 2
      else
        -- An apostrophe stays one; what closes a quotation follows its opening.
        local closes = sign == "'" and opened > 0 and not text:match("^[%w\128-\255]", special + 1)
        opened = opened + (sign == "`" and 1 or closes and -1 or 0)
        piece, ended = sign == "`" and "‘" or closes and "’" or "'", special + 1
      end
    end
    out[#out + 1] = piece
    at = ended
  end
  return table.concat(out), at
end

local function tidy(text)
  return (text:gsub("%s+", " "):gsub("^ ", ""):gsub(" $", ""))
end

local function to_unicode(text)
  local out, at = {}, 1
  while at <= #text do
    -- A closing brace too many ends a group that is none; what follows still counts.
    local piece
    piece, at = read_latex(text, at, 0)
    out[#out + 1] = piece
  end
  return tidy(table.concat(out))
end

-- Addresses and identifiers are no text: only the escapes that BibTeX files need are undone.
local function to_identifier(text)
  local plain = text:gsub("\\url%s*", ""):gsub("\\~{}", "~"):gsub("\\textasciitilde%s*{?}?", "~")
  return tidy((plain:gsub("\\([%%&#_${}])", "%1"):gsub("[{}]", "")))
end

-- Names ---------------------------------------------------------------------------------------------------------------

-- Splits at depth 0 of the braces. `find_cut(text, from)` says where the next candidate begins and ends.
local function split(text, find_cut)
  local parts, start, at, depth = {}, 1, 1, 0
  while true do
    local brace = text:find("[{}]", at)
    local cut_from, cut_to = nil, nil
    if depth == 0 then cut_from, cut_to = find_cut(text, at) end
    if cut_from and (not brace or cut_from < brace) then
      parts[#parts + 1] = text:sub(start, cut_from - 1)
      start, at = cut_to + 1, cut_to + 1
    elseif brace then
      depth = math.max(0, depth + (text:sub(brace, brace) == "{" and 1 or -1))
      at = brace + 1
    else
      parts[#parts + 1] = text:sub(start)
      return parts
    end
  end
end

local function cut_at(pattern)
  return function(text, from) return text:find(pattern, from) end
end

local function split_words(text)
  local words = {}
  for _, word in ipairs(split(text, cut_at("[%s~]+"))) do
    if word ~= "" then words[#words + 1] = word end
  end
  return words
end

-- A word belongs to the von part when its first letter is small; a group in braces has no case.
local function is_von(word)
  if word:match("^{[^\\]") then return false end
  local letter = first_letter(to_unicode(word))
  return letter:match("^%l") ~= nil or is_small[letter] == true
end

local function join(words, from, to)
  return to_unicode(table.concat(words, " ", from, to))
end

-- "von Last": the last word is always part of the family name. Unlike BibTeX itself, a family name that begins with a
-- capital letter stays whole: "Ramón y Cajal, Santiago".
local function split_von(words)
  local last_von = 0
  if words[1] and is_von(words[1]) then
    for index = 1, #words - 1 do
      if is_von(words[index]) then last_von = index end
    end
  end
  return join(words, 1, last_von), join(words, last_von + 1, #words)
end

local parse_name
local suffixes = { jr = true, sr = true, ii = true, iii = true, iv = true }

function parse_name(text)
  local parts = split(text, cut_at(","))
  -- "Frank Shipman, III" was meant as "Shipman, III, Frank".
  if #parts == 2 and suffixes[(tidy(parts[2]):lower():gsub("%.$", ""))] then
    local person = parse_name(parts[1])
    person.suffix = to_unicode(parts[2])
    person.name = person.name .. ", " .. person.suffix
    return person, false
  end
  local given, particle, family, suffix = "", "", "", ""
  if #parts == 1 then
    local words = split_words(parts[1])
    local first_von, last_von
    for index = 1, #words - 1 do
      if is_von(words[index]) then
        first_von = first_von or index
        last_von = index
      end
    end
    if first_von then
      given, particle, family = join(words, 1, first_von - 1), join(words, first_von, last_von), join(words, last_von + 1, #words)
    else
      given, family = join(words, 1, #words - 1), join(words, #words, #words)
    end
  else
    particle, family = split_von(split_words(parts[1]))
    given = to_unicode(parts[#parts])
    if #parts > 2 then suffix = to_unicode(parts[2]) end
  end
  local name = tidy(table.concat({ given, particle, family }, " "))
  if suffix ~= "" then name = name .. ", " .. suffix end
  return { name = name, given = given, particle = particle, family = family, suffix = suffix }, #parts > 3
end

-- Returns the persons, whether the list ends with "and others", and the names that have too many commas.
local function parse_names(text)
  local persons, odd, et_al = {}, {}, false
  local function find_and(within, from)
    -- " and " in any case, with whatever blanks are around it.
    return within:find("%s+[Aa][Nn][Dd]%s+", from)
  end
  for _, part in ipairs(split(text, find_and)) do
    local name = tidy(part)
    if name:lower() == "others" then
      et_al = true
    elseif name ~= "" then
      local person, too_many = parse_name(name)
      if person.family ~= "" then persons[#persons + 1] = person end
      if too_many then odd[#odd + 1] = to_unicode(name) end
    end
  end
  return persons, et_al, odd
end

-- BibTeX --------------------------------------------------------------------------------------------------------------

local months = {
  jan = "January", feb = "February", mar = "March", apr = "April", may = "May", jun = "June", jul = "July",
  aug = "August", sep = "September", oct = "October", nov = "November", dec = "December",
}

-- Finds lines of positions by halving, so that a long file costs no more than a short one for each question.
local function line_finder(text)
  local starts = { 1 }
  for position in text:gmatch("\n()") do starts[#starts + 1] = position end
  return function(position)
    local low, high = 1, #starts
    while low < high do
      local middle = (low + high + 1) // 2
      if starts[middle] <= position then low = middle else high = middle - 1 end
    end
    return low
  end
end

local Parser = {}
Parser.__index = Parser

-- What is raised inside of an entry and caught around it: a place and a sentence.
local function stop(position, message)
  error({ position = position, message = message }, 0)
end

function Parser:skip_blanks()
  self.at = self.text:match("^%s*()", self.at)
end

function Parser:peek()
  return self.text:sub(self.at, self.at)
end

function Parser:braced()
  local opened, depth, at = self.at, 0, self.at
  while true do
    local brace = self.text:find("[{}]", at)
    if not brace then stop(opened, "the brace that opens here is not closed") end
    depth = depth + (self.text:sub(brace, brace) == "{" and 1 or -1)
    at = brace + 1
    if depth == 0 then
      self.at = at
      return self.text:sub(opened + 1, brace - 1)
    end
  end
end

function Parser:quoted()
  local opened, depth, at = self.at, 0, self.at + 1
  while true do
    local sign = self.text:find('["{}]', at)
    if not sign then stop(opened, "the quotation mark that opens here is not closed") end
    local character = self.text:sub(sign, sign)
    if character == '"' and depth == 0 then
      self.at = sign + 1
      return self.text:sub(opened + 1, sign - 1)
    end
    if character == "{" then depth = depth + 1 end
    if character == "}" then
      depth = depth - 1
      if depth < 0 then stop(sign, "a brace is closed inside of quotation marks that was not opened there") end
    end
    at = sign + 1
  end
end

-- Text, numbers and abbreviations, joined with #.
function Parser:value()
  local parts = {}
  while true do
    self:skip_blanks()
    local character = self:peek()
    if character == "{" then
      parts[#parts + 1] = self:braced()
    elseif character == '"' then
      parts[#parts + 1] = self:quoted()
    else
      local word, after = self.text:match("^([^%s{}(),=#\"%%\\']+)()", self.at)
      if not word then stop(self.at, "a value is missing here") end
      if word:match("^%d+$") then
        parts[#parts + 1] = word
      else
        local text = self.strings[word:lower()] or months[word:lower()]
        if not text then self:warn(self.at, ('the abbreviation "%s" is not defined'):format(word)) end
        parts[#parts + 1] = text or word
      end
      self.at = after
    end
    self:skip_blanks()
    if self:peek() ~= "#" then return table.concat(parts) end
    self.at = self.at + 1
  end
end

function Parser:warn(position, message, key)
  self.warnings[#self.warnings + 1] = { line = self.line_of(position), key = key or self.key, message = message }
end

function Parser:field_name()
  self:skip_blanks()
  local name, after = self.text:match("^([%a_][^%s{}(),=#\"%%]*)%s*()", self.at)
  if not name then return nil end
  self.at = after
  return name:lower()
end

-- A value that holds what looks like further fields: its own brace is not closed, and closed by that of the entry.
local function swallows_fields(value)
  return value:find(",%s*\n%s*[%a_]+%s*=%s*[{\"%w]") ~= nil
end

-- Fields up to the closing sign. An entry whose closing sign is missing before the next one is kept as it is.
function Parser:fields(close)
  local fields, last = {}, nil
  while true do
    self:skip_blanks()
    local character = self:peek()
    if character == close then
      self.at = self.at + 1
      return fields
    end
    if character == "" then stop(self.at, "the file ends inside of the entry") end
    if character == "@" then
      if last and swallows_fields(last.value) then
        stop(last.position, ('the brace or quotation mark of the field "%s" is not closed'):format(last.name))
      end
      self:warn(self.at, ('the closing "%s" is missing before this line'):format(close))
      return fields
    end
    local position = self.at
    local name = self:field_name()
    if not name then stop(position, ('a field name is expected here, not "%s"'):format(character)) end
    if self:peek() ~= "=" then stop(position, ('the field "%s" has no "="'):format(name)) end
    self.at = self.at + 1
    local value = self:value()
    if fields[name] then
      self:warn(position, ('the field "%s" stands twice; the first one counts'):format(name))
    else
      fields[name] = value
    end
    last = { name = name, value = value, position = position }
    self:skip_blanks()
    if self:peek() == "," then
      self.at = self.at + 1
    elseif self:peek() ~= close and self:peek() ~= "@" and self:peek() ~= "" then
      self:warn(self.at, ('a comma is missing after the field "%s"'):format(name))
    end
  end
end

function Parser:entry(kind, close)
  self:skip_blanks()
  local position = self.at
  local key, after = self.text:match("^([^%s,{}\"#%%=]+)%s*()", self.at)
  if not key or (close == ")" and key:find(")", 1, true)) then stop(position, "the entry has no key") end
  self.at, self.key = after, key
  if self:peek() == "," then
    self.at = self.at + 1
  elseif self:peek() ~= close then
    stop(position, ('a comma is missing after the key "%s"'):format(key))
  end
  local fields = self:fields(close)
  return { key = key, type = kind, fields = fields }
end

function Parser:object(kind, open)
  local close = open == "{" and "}" or ")"
  if kind == "comment" then
    if open == "{" then
      self.at = self.at - 1
      self:braced()
    end
  elseif kind == "preamble" then
    self:value()
    self:skip_blanks()
    if self:peek() == close then self.at = self.at + 1 end
  elseif kind == "string" then
    for name, value in pairs(self:fields(close)) do self.strings[name] = value end
  else
    return self:entry(kind, close)
  end
  return nil
end

-- Where the next entry begins after something that could not be read: an @ at the start of a line.
function Parser:recover(from)
  local at = self.text:match("\n[ \t]*()@%s*%a+%s*[{(]", from)
  self.at = at or #self.text + 1
end

local function parse_entries(text)
  local self = setmetatable({ text = text, at = 1, strings = {}, warnings = {}, line_of = line_finder(text) }, Parser)
  local entries, problems, known = {}, {}, {}
  while true do
    local position = text:find("@", self.at, true)
    if not position then break end
    self.key = nil
    local kind, open, after = text:match("^@%s*(%a[%w_-]*)%s*([{(])()", position)
    if not kind then
      -- An address in a comment is none of ours; a word at the start of a line was meant as an entry.
      local word = text:match("^@%s*(%a+)", position)
      local starts_line = position == 1 or text:sub(math.max(1, position - 200), position - 1):match("\n[ \t]*$")
      if word and starts_line then
        problems[#problems + 1] = { line = self.line_of(position), message = ('"@%s" has no opening brace'):format(word) }
      end
      self.at = position + 1
    else
      self.at = after
      local ok, result = pcall(self.object, self, kind:lower(), open)
      if not ok then
        if type(result) ~= "table" or not result.message then error(result, 0) end
        local line, where = self.line_of(position), self.line_of(result.position)
        local message = where == line and result.message or ("%s (line %d)"):format(result.message, where)
        problems[#problems + 1] = { line = line, key = self.key, message = message }
        self:recover(position)
      elseif result then
        result.line = self.line_of(position)
        if known[result.key:lower()] then
          local first = known[result.key:lower()].line
          problems[#problems + 1] = { line = result.line, key = result.key, message = ('the key "%s" is taken by the entry in line %d'):format(result.key, first) }
        else
          known[result.key:lower()] = result
          entries[#entries + 1] = result
        end
      end
    end
  end
  return entries, problems, self.warnings, known
end

-- Entries -------------------------------------------------------------------------------------------------------------

-- Types whose parent's title is the title of the book.
local parts_of_books = { inproceedings = true, incollection = true, inbook = true, conference = true, suppbook = true }
local never_inherited = { crossref = true, xref = true, ids = true, title = true, shorttitle = true, subtitle = true, label = true, keywords = true }

-- Fills an entry from its parent, which was filled from its own before.
local function inherit(entry, known, warnings, path)
  local wanted = entry.fields.crossref
  if not wanted or entry.inherited then return end
  entry.inherited = true
  local function warn(message)
    warnings[#warnings + 1] = { line = entry.line, key = entry.key, message = message }
  end
  local parent = known[tidy(wanted):lower()]
  if not parent then return warn(('crossref "%s" names no entry of this file'):format(tidy(wanted))) end
  if path[parent.key] then return warn(('crossref "%s" leads back to this entry'):format(parent.key)) end
  path[entry.key] = true
  inherit(parent, known, warnings, path)
  for name, value in pairs(parent.fields) do
    if not never_inherited[name] and not entry.fields[name] then entry.fields[name] = value end
  end
  if parts_of_books[entry.type] and not entry.fields.booktitle then entry.fields.booktitle = parent.fields.title end
  if entry.type == "article" and not entry.fields.journal then entry.fields.journal = parent.fields.title end
end

local identifiers = { url = true, doi = true, eprint = true, file = true, isbn = true, issn = true, crossref = true, urldate = true }
local venues = { "journal", "journaltitle", "booktitle", "eventtitle", "school", "institution", "organization", "publisher", "howpublished" }

local function find_venue(fields)
  for _, name in ipairs(venues) do
    if fields[name] then return fields[name] end
  end
  local archive = fields.archiveprefix or fields.eprinttype
  if fields.eprint then return (archive or "arXiv") .. ":" .. fields.eprint end
  return nil
end

local function finish(entry, warnings)
  local raw, fields = entry.fields, {}
  local function warn(message)
    warnings[#warnings + 1] = { line = entry.line, key = entry.key, message = message }
  end
  for name, value in pairs(raw) do
    local text = identifiers[name] and to_identifier(value) or to_unicode(value)
    if text ~= "" then fields[name] = text end
  end
  local authors, et_al, odd = parse_names(raw.author or "")
  local editors, more, odd_editors = parse_names(raw.editor or "")
  for _, name in ipairs(odd) do warn(('the name "%s" has too many commas'):format(name)) end
  for _, name in ipairs(odd_editors) do warn(('the name "%s" has too many commas'):format(name)) end
  local keywords = {}
  for word in (fields.keywords or ""):gmatch("[^,;]+") do keywords[#keywords + 1] = tidy(word) end
  if fields.doi then fields.doi = fields.doi:gsub("^https?://[%w.]*doi%.org/", ""):gsub("^doi:%s*", "") end
  local year = (fields.year or fields.date or ""):match("%d%d%d%d")
  if not fields.title then warn("the entry has no title") end
  if not year then warn("the entry has no year") end
  return {
    key = entry.key,
    type = entry.type,
    line = entry.line,
    authors = authors,
    editors = editors,
    et_al = et_al or (#authors == 0 and more) or nil,
    title = fields.title,
    year = year and math.tointeger(tonumber(year)),
    venue = find_venue(fields),
    keywords = keywords,
    fields = fields,
  }
end

local function by_line(a, b)
  if a.line ~= b.line then return a.line < b.line end
  return a.message < b.message
end

local function parse(bibtex)
  local raw, problems, warnings, known = parse_entries(bibtex)
  local entries = {}
  for _, entry in ipairs(raw) do inherit(entry, known, warnings, {}) end
  for _, entry in ipairs(raw) do entries[#entries + 1] = finish(entry, warnings) end
  table.sort(problems, by_line)
  table.sort(warnings, by_line)
  return { entries = entries, problems = problems, warnings = warnings }
end

-- Notes ---------------------------------------------------------------------------------------------------------------

local own_section = "## Notes"

local function names_of(persons)
  local names = {}
  for index, person in ipairs(persons) do names[index] = person.name end
  return names
end

-- Knuth · Knuth & Plass · Knuth et al.
local function short_names(entry)
  local persons = #entry.authors > 0 and entry.authors or entry.editors
  local function family(person) return tidy(person.particle .. " " .. person.family) end
  if #persons == 0 then return entry.key end
  if #persons > 2 or entry.et_al then return family(persons[1]) .. " et al." end
  if #persons == 2 then return family(persons[1]) .. " & " .. family(persons[2]) end
  return family(persons[1])
end

local function reference_line(entry)
  local fields = entry.fields
  local who = #entry.authors > 0 and names_of(entry.authors) or names_of(entry.editors)
  local line = table.concat(who, ", ")
  if entry.et_al then line = line .. " et al." end
  if #entry.authors == 0 and #entry.editors > 0 then line = line .. " (ed.)" end
  if entry.year then line = ("%s (%d)"):format(line, entry.year) end
  local parts = { tidy(line) }
  if entry.venue then
    local venue = "*" .. entry.venue .. "*"
    if fields.volume then venue = venue .. " " .. fields.volume end
    if fields.volume and fields.number then venue = venue .. "(" .. fields.number .. ")" end
    if fields.pages then venue = venue .. ", " .. fields.pages end
    parts[#parts + 1] = venue
  end
  return tidy(table.concat(parts, ". ")) .. "."
end

local function note_body(entry, own)
  local fields = entry.fields
  local lines = { "# " .. (entry.title or entry.key), "", reference_line(entry) }
  local links = {}
  if fields.doi then links[#links + 1] = ("- [doi:%s](https://doi.org/%s)"):format(fields.doi, (fields.doi:gsub("[ ()<>]", { [" "] = "%20", ["("] = "%28", [")"] = "%29", ["<"] = "%3C", [">"] = "%3E" }))) end
  if fields.url then links[#links + 1] = "- <" .. fields.url:gsub("[<> ]", { ["<"] = "%3C", [">"] = "%3E", [" "] = "%20" }) .. ">" end
  if fields.crossref then links[#links + 1] = "- Part of [[" .. fields.crossref:gsub("[^%w_.-]", "-") .. "]]" end
  if #links > 0 then lines[#lines + 1] = "\n" .. table.concat(links, "\n") end
  if fields.abstract then lines[#lines + 1] = "\n## Abstract\n\n" .. fields.abstract end
  lines[#lines + 1] = "\n" .. own
  return table.concat(lines, "\n") .. "\n"
end

-- Properties that belong to the citation. Others of a note are its owner's and stay.
local owned = { "title", "type", "citekey", "entry_type", "authors", "editors", "year", "venue", "doi", "url", "isbn", "keywords" }

local function properties(entry)
  local fields = entry.fields
  local editors = names_of(entry.editors)
  return {
    title = entry.title or entry.key,
    type = "citation",
    citekey = entry.key,
    entry_type = entry.type,
    authors = #entry.authors > 0 and names_of(entry.authors) or nil,
    editors = #editors > 0 and editors or nil,
    year = entry.year,
    venue = entry.venue,
    doi = fields.doi,
    url = fields.url,
    isbn = fields.isbn,
    keywords = #entry.keywords > 0 and entry.keywords or nil,
  }
end

local function same(a, b)
  if type(a) ~= "table" or type(b) ~= "table" then return a == b end
  for key, value in pairs(a) do
    if not same(value, b[key]) then return false end
  end
  for key in pairs(b) do
    if a[key] == nil then return false end
  end
  return true
end

-- The paths of notes in the folder, by their small-letter form: some file systems do not tell "A.md" from "a.md".
local function existing_notes(folder)
  local found = {}
  local ok, notes = pcall(crucible.list_notes, folder, {})
  if not ok then
    local code = type(notes) == "table" and notes.code
    if code == "host/not-found" or code == "host/note-not-found" then return found end
    error(notes, 0)
  end
  for _, note in ipairs(notes) do found[note.path:lower()] = note.path end
  return found
end

-- Writes one note; returns "written", "unchanged", or why it was left alone.
local function write_entry(entry, path, present)
  local front, own = properties(entry), own_section .. "\n"
  if present then
    local note = crucible.read_note(present)
    local before = note.frontmatter or {}
    if before.citekey ~= entry.key then
      return nil, ('"%s" is another note and was left alone'):format(present)
    end
    -- What stands from the section "Notes" on is the reader's.
    local from = ("\n" .. note.content):find("\n" .. own_section .. "[ \t]*\r?\n") or ("\n" .. note.content):find("\n" .. own_section .. "[ \t]*$")
    if from then own = tidy(note.content:sub(from)) == own_section and own or note.content:sub(from):gsub("%s+$", "") .. "\n" end
    local merged = {}
    for key, value in pairs(before) do merged[key] = value end
    for _, key in ipairs(owned) do merged[key] = front[key] end
    local body = note_body(entry, (own:gsub("%s+$", "")))
    if same(merged, before) and tidy(body) == tidy(note.content) then return "unchanged" end
    crucible.write_note(present, body, merged)
    return "written"
  end
  front.tags = { "citation" }
  front.aliases = { entry.year and ("%s %d"):format(short_names(entry), entry.year) or short_names(entry) }
  crucible.write_note(path, note_body(entry, (own:gsub("%s+$", ""))), front)
  return "written"
end

-- Actions -------------------------------------------------------------------------------------------------------------

--- Parses BibTeX.
---
--- Returns `entries`, `problems` (entries that could not be read, with their line) and `warnings`.
function main(params)
  return parse(params.bibtex)
end

--- Writes one note for each citation.
---
--- Notes are named by their citation key. A second import changes only what has changed: properties that the reader has
--- added and everything from the heading "Notes" on stay as they are.
function import(params)
  local library = parse(params.bibtex)
  local folder = params.folder:gsub("/+$", "")
  local result = { written = {}, unchanged = {}, problems = library.problems, warnings = library.warnings }
  local present, taken = existing_notes(folder), {}
  for index, entry in ipairs(library.entries) do
    local name = entry.key:gsub("[^%w_.-]", "-"):gsub("^[.-]+", "")
    local path = (folder == "" and "" or folder .. "/") .. (name == "" and "citation" or name) .. ".md"
    local outcome, why
    if taken[path:lower()] then
      why = ('its note would be "%s", as that of "%s"'):format(path, taken[path:lower()])
    else
      taken[path:lower()] = entry.key
      outcome, why = write_entry(entry, path, present[path:lower()])
    end
    if outcome then
      table.insert(result[outcome], path)
    else
      table.insert(result.problems, { line = entry.line, key = entry.key, message = why })
    end
    crucible.progress(index / #library.entries, entry.key)
  end
  return result
end
