--[[ ---
name: article-phases
description: Takes articles from idea to publication
version: 1.0.0
author: Crucible contributors
license: MIT
language: lua
capabilities: [StateManage]
actions:
  main:
    description: Tells the phase of an article, what can happen next, and what has happened
    parameters:
      article: {type: string, required: true, description: Name of the article}
    annotations: {title: Phase of an article}
  send:
    description: Makes something happen to an article; what does not fit its phase is refused
    parameters:
      article: {type: string, required: true, description: Name of the article}
      event: {type: string, required: true, description: "plan, write, submit, approve, request_changes, drop"}
      by: {type: string, default: nobody, description: Who does it}
    annotations: {title: Advance an article}
  picture:
    description: Draws the phases, with that of an article highlighted
    parameters:
      article: {type: string, required: true, description: Name of the article}
      format: {type: string, enum: [svg, dot, mermaid], default: svg}
    returns: string
    annotations: {title: Draw an article's phases}
  articles:
    description: Lists the articles that are known
    returns: {type: array, items: string}
    annotations: {readOnly: true, title: List articles}
--- ]]

--- The phases of an article, as a machine with guards, callbacks and states inside of states.

local statemachine = require("statemachine")

local needed_approvals = 2

local function is_new_reviewer(context, event)
  return event.data ~= context.author and not context.approvals[event.data]
end

local function count(set)
  local number = 0
  for _ in pairs(set) do number = number + 1 end
  return number
end

local article = statemachine.define{
  id = "article",
  version = 1,
  initial = "idea",
  context = {author = "nobody", approvals = {}, rounds = 0},
  guards = {
    last_approval = function(context, event)
      return is_new_reviewer(context, event) and count(context.approvals) + 1 >= needed_approvals
    end,
    approval = is_new_reviewer,
  },
  actions = {
    approve = function(context, event) context.approvals[event.data] = true end,
  },
  states = {
    idea = {on = {plan = "drafting", drop = "dropped"}},
    drafting = {
      initial = "outline",
      on = {drop = "dropped"},
      states = {
        outline = {on = {write = {target = "text", actions = function(context, event) context.author = event.data end}}},
        text = {on = {submit = "review"}},
      },
    },
    review = {
      entry = function(context)
        context.rounds = context.rounds + 1
        context.approvals = {}
      end,
      on = {
        approve = {
          {target = "published", guard = "last_approval", actions = "approve"},
          {guard = "approval", actions = "approve"},
        },
        request_changes = "drafting.text",
      },
    },
    published = {type = "final"},
    dropped = {type = "final"},
  },
}

local function report(machine)
  local history = {}
  for index, step in ipairs(machine:history()) do history[index] = step.event .. ": " .. step.to end
  local context = machine:context()
  return {
    phase = machine:state(),
    next = crucible.array(machine:events()),
    author = context.author,
    approvals = count(context.approvals),
    rounds = context.rounds,
    history = crucible.array(history),
  }
end

function main(params)
  return report(article:open(params.article))
end

function send(params)
  local machine = article:open(params.article)
  machine:transition(params.event, params.by)
  return report(machine)
end

function picture(params)
  local machine = article:open(params.article)
  return machine[params.format]()
end

function articles()
  return crucible.array(article:instances())
end
