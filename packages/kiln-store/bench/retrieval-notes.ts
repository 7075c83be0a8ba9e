// Notes and queries of the retrieval benchmark. One block a note:
//   # title                 a note begins
//   ## heading              a section begins; text follows on its own lines
//   ~ query                 says the same in other words (shares as few words with the note as possible)
//   = query                 names words that stand in the note
// Everything was written for this benchmark.

/** The corpus as text; `parseCorpus` reads it. */
export const corpus = `
# Sourdough starter
## Feeding
Discard all but fifty grams and stir in equal weights of flour and water every morning. It should double within six hours and smell faintly of yoghurt.
## Reviving
A neglected jar with dark liquid on top is usually alive. Pour the hooch off and refresh it three days in a row.
~ how to bring a forgotten bread culture back to life
= hooch on starter
# Flat tyre on the road
## Patch
Lever the tyre off the rim, find the leak by listening for hissing, roughen the rubber and press the patch on for two minutes before inflating.
~ repairing a puncture on my bicycle
= patch rubber rim
# Chain wear
## Measuring
Replace the chain once twelve links measure more than 306 millimetres. A stretched chain eats the cassette, which costs four times as much.
~ when should bike drivetrain parts be swapped out
= cassette chain 306
# Lease renewal
## Notice
The landlord wants an answer by the end of March. Two months of written notice are needed if we decide to move out.
~ deadline for telling the flat owner that we leave
= landlord written notice
# Migraine diary
## Triggers
Red wine, skipped lunches and bright screens after midnight came before most attacks. Sleeping in a dark room shortens them.
~ what sets off my bad headaches
= attacks red wine
# Vaccination record
## Boosters
Tetanus was refreshed in 2019 and is valid for ten years. The tick encephalitis series needs its third dose next spring.
~ which jabs are due soon
= tetanus 2019
# Heat pump quote
## Comparison
The air unit costs less but hums next to the bedroom. Ground probes need drilling in the garden and pay back after fourteen years.
~ choosing an electric heating system for the house
= ground probes drilling
# Damp in the cellar
## Causes
White crystals bloom on the bricks where salt is carried through the wall. Waterproof paint only traps the moisture; lime plaster lets it breathe.
~ wet basement walls and what to coat them with
= lime plaster salt
# Tomato blight
## Prevention
Water the soil and not the leaves, strip the lowest foliage, and give the plants a roof. Brown blotches after a rainy week mean burn the whole plant.
~ fungus killing vegetables in rainy weather
= brown blotches foliage
# Compost heap
## Balance
Layer kitchen scraps with torn cardboard. If it stinks there is too much grass; if nothing happens it is too dry.
~ my garden waste pile smells awful
= torn cardboard kitchen scraps
# Pruning apple trees
## Winter cut
Take out crossing branches while the tree is dormant and keep the middle open like a goblet. Water shoots come off in summer.
~ trimming fruit wood in the cold season
= goblet water shoots
# Bee colony inspection
## Swarm signs
Queen cups along the lower edge of the combs and a crowded brood box announce that half of the hive wants to leave.
~ how to notice that the hive is about to split
= queen cups brood
# Chess opening notes
## Caro Kann
Black answers the king pawn with c6, gives up a little space and gets a sound structure. The light bishop leaves the chain before e6.
~ a solid defence against e4
= Caro Kann bishop
# Guitar practice plan
## Routine
Ten minutes of scales with the metronome, then one difficult bar slowly until it is clean three times in a row.
~ getting better at playing an instrument by repetition
= scales metronome
# Choir rehearsal
## Breathing
Inhale low into the ribs, release the consonant early and keep the vowel tall. The altos were flat in the Fauré again.
~ singing technique for holding long notes
= altos Fauré
# Watercolour technique
## Wet in wet
Soak the paper first and let pigments bleed into each other. Lift out clouds with a dry tissue before the sheen disappears.
~ painting soft skies with flowing colours
= pigments sheen tissue
# Film photography
## Pushing
Rate the roll two stops faster and develop it longer. Contrast rises and shadows lose detail, but a concert becomes possible by hand.
~ shooting analogue pictures in low light
= develop two stops
# Darkroom chemistry
## Fixer
Exhausted fixer leaves a purple cast. Test it with a snip of leader: if clearing takes twice as long as fresh, pour it out safely.
~ how to tell that the bath for prints is used up
= fixer purple cast
# Tax return
## Deductions
Keep receipts for the home office, the train pass and further training. The portal closes at the end of July.
~ what can I claim back from the revenue service
= home office receipts
# Pension gap
## Estimate
At the present rate the state will pay about half of the last salary. Saving three hundred a month until sixty-seven closes the hole.
~ will there be enough money when I am old
= state salary sixty-seven
# Index fund plan
## Rule
Buy the same amount on the first of each month regardless of the headlines, and rebalance once a year back to seventy thirty.
~ boring long term investing strategy
= rebalance seventy thirty
# Mortgage meeting
## Fixing
The bank offers ten years at three and a half percent. Paying five percent extra each year is allowed without a penalty.
~ terms of the house loan
= ten years penalty bank
# Interview with Marta
## Impressions
She thinks aloud, asks about edge cases before writing anything, and admits what she does not know. The team would learn testing from her.
~ how did the job candidate come across
= edge cases Marta
# Retrospective in May
## Findings
Reviews wait three days on average because nobody owns the queue. We try a rotating duty and a limit of two open branches per person.
~ why does merging our code take so long
= rotating duty queue
# Incident on the ninth
## Timeline
The certificate of the message broker expired at midnight and consumers kept reconnecting until the pool ran dry. Alerting looked only at the web tier.
~ outage caused by a lapsed credential
= certificate broker pool
# Postgres vacuum
## Bloat
Dead rows pile up when a long transaction holds back the horizon. Watch the age of the oldest snapshot and kill idle sessions.
~ database tables grow although nothing is inserted
= dead rows horizon
# Git bisect
## Use
Mark one good and one bad commit, then let the script decide at each midpoint. Fourteen steps suffice for ten thousand changes.
~ finding the change that introduced a bug by halving
= good bad commit midpoint
# Kubernetes probes
## Liveness
A probe that calls the database restarts healthy containers when the database is slow. Liveness asks only whether the process is stuck.
~ containers get killed in a loop although they work
= liveness probe process
# Caching headers
## Stale content
Give fingerprinted files a year and the page itself no lifetime but an etag. Browsers then revalidate with one cheap request.
~ visitors still see the old version of the website
= etag fingerprinted
# Regular expression backtracking
## Danger
Nested quantifiers over the same characters explode on input that almost matches. Use a linear engine for patterns from strangers.
~ text pattern hangs the server on certain strings
= nested quantifiers
# Unicode normalisation
## Names
The same accented letter can be one code point or two. Compare file names only after composing them, and never by bytes.
~ two words look identical but are not equal in the program
= accented code point composing
# Password manager move
## Steps
Export to an encrypted container, import, check ten entries at random, then rotate the main credentials and wipe the file.
~ switching the vault that keeps my logins
= export import rotate
# Backup strategy
## Rule
Three copies on two kinds of media and one elsewhere. A restore that was never tried is a hope and not a backup.
~ protecting my data against a broken disk or fire
= three copies media
# Home network
## Dead spot
The thick wall between study and kitchen swallows five gigahertz. A wired access point in the hall fixed the video calls.
~ weak wireless signal in one room
= access point five gigahertz
# Printer trouble
## Banding
Pale stripes across the page went away after two cleaning cycles and a nozzle check. Cheap ink dries out in weeks.
~ lines missing when I put documents on paper
= nozzle cleaning cycles
# Dishwasher error
## E15
Water in the base pan trips the float switch. Tilt the machine back, let it drain, then look for the leaking hose.
~ kitchen appliance refuses to start and shows a code
= E15 float switch
# Car inspection
## Result
The tester complained about play in the left ball joint and a corroded brake line. Both must be done within a month.
~ what has to be repaired on the vehicle
= ball joint brake line
# Winter tyres
## Change
Switch from October to Easter, check that the tread is deeper than four millimetres and store the others lying flat in the dark.
~ when to put different wheels on for snow
= tread four millimetres
# Train to Lisbon
## Route
Night coach to Hendaye, then the slow line along the coast. Reserve the sleeper sixty days ahead; it sells out within hours.
~ travelling to Portugal without flying
= Hendaye sleeper
# Packing list for huts
## Essentials
Silk liner, ear plugs, slippers, cash, headlamp and a dry shirt in a bag. Everything else is ballast above two thousand metres.
~ what do I need for sleeping in mountain shelters
= silk liner headlamp
# Avalanche course
## Slope
Steeper than thirty degrees after fresh wind is a no. Look for drifts behind ridges and listen for the hollow sound under the ski.
~ judging whether snow on a hillside may slide
= thirty degrees ridges
# Kayak rescue
## Re-entry
Empty the boat over the bow of the helper, hold it rafted up, and slide in on the belly from the stern.
~ getting back in after capsizing on the lake
= rafted bow stern
# Marathon training
## Long run
Add ten minutes each Sunday and keep it slow enough to chat. Every fourth week is easy so that tendons catch up.
~ building endurance for a forty-two kilometre race
= Sunday tendons long run
# Knee rehabilitation
## Exercises
Slow step-downs from a low box, wall sits and calf raises daily. Swelling the next morning means it was too much.
~ strengthening my leg after the joint injury
= wall sits calf raises
# Swimming technique
## Rotation
Roll from hip to hip and breathe in the trough behind the bow wave. A high elbow grabs more water than a strong arm.
~ improving my crawl stroke
= high elbow hip
# Sleep experiment
## Result
No coffee after noon and the phone in the hallway gained forty minutes a night. A cold bedroom did more than any pill.
~ habits that make me rest better
= phone hallway coffee
# Meditation log
## Wandering
Count breaths to ten and start over without scolding. The mind leaves every few seconds; noticing it is the exercise.
~ staying calm by watching my thoughts
= count breaths ten
# Bread and salt allergy test
## Plan
Leave out wheat for three weeks, write down every symptom, then eat it again for two days and compare.
~ finding out whether a food makes me ill
= leave out wheat symptom
# Lentil curry
## Method
Fry cumin and mustard seeds until they pop, add onion and ginger, then red lentils and coconut milk. Lime at the end.
~ spicy vegetarian stew with pulses
= cumin mustard seeds lime
# Pickled cucumbers
## Brine
Forty grams of salt to a litre, dill flowers, a vine leaf for crunch. Keep them below the surface and wait three weeks.
~ fermenting gherkins at home
= brine vine leaf dill
# Espresso dial-in
## Taste
Sour and thin: grind finer. Bitter and dry: coarser. Eighteen grams in, thirty-six out in twenty-eight seconds is the start.
~ my coffee shots taste wrong, what to adjust
= grind finer eighteen grams
# Knife sharpening
## Angle
Fifteen degrees a side on the thousand stone until a burr runs along the whole edge, then flip, then strop on leather.
~ making a blunt blade cut again
= burr strop stone
# Cast iron care
## Seasoning
Wipe a film of linseed oil on the warm pan, bake it upside down for an hour, repeat three times. Soap is fine, soaking is not.
~ how to keep a heavy skillet from rusting
= linseed oil bake pan
# Oak table repair
## Finish
Steam out the dents with a wet cloth and an iron, sand along the grain, then two coats of hard wax oil.
~ fixing scratches in wooden furniture
= hard wax oil grain
# Knitting a heel
## Short rows
Knit to one before the gap, turn, slip, and purl back. Double stitches keep holes from opening at the corner.
~ shaping the back of a handmade sock
= purl short rows
# Sewing zippers
## Invisible
Press the coils flat, stitch with the special foot as near as possible, and close the seam below afterwards.
~ hidden fastener in a skirt
= coils foot seam
# Bookbinding
## Coptic stitch
Pierce the folded signatures with an awl, wax the linen thread, and chain each section to the one below. It opens flat.
~ making a notebook by hand with thread
= awl signatures linen
# Fountain pen
## Dry nib
Flush with lukewarm water and a drop of soap, let it rest overnight nib down in a tissue. Shimmer ink clogs the feed.
~ writing instrument skips and leaves gaps
= flush feed shimmer
# Japanese verbs
## Te form
Verbs in u, tsu, ru become tte; mu, bu, nu become nde; ku becomes ite. Iku is the exception.
~ conjugation pattern for joining sentences in a foreign language
= te form iku
# Spanish subjunctive
## Triggers
Wishes, doubts and feelings about somebody else call for it; plain statements do not. Ojalá always does.
~ which mood follows verbs of hoping in Castilian
= ojalá wishes doubts
# Latin declension drill
## Third
Consonant stems hide in the nominative: rex, regis. Learn the genitive with every noun or be lost.
~ learning cases of an ancient tongue
= rex regis genitive
# Novel outline
## Turning point
Halfway through, Ines learns that the letters were forged by her brother and burns the archive instead of publishing it.
~ the twist in the middle of my story
= Ines letters archive
# Poem fragments
## Harbour
Cranes fold their necks like herons; the tide takes the day's loose talk and hands it to the fog.
~ verses about ships and mist
= cranes herons tide
# Reading: Seeing like a State
## Thesis
Planners make a place legible by erasing local knowledge, and then fail because they erased it. Scientific forestry is the model.
~ why grand schemes from above go wrong
= legible planners forestry
# Reading: The Dawn of Everything
## Argument
People moved between orders with the seasons and knew that hierarchy was a choice. Cities existed for centuries without kings.
~ early societies were freer than we assume
= hierarchy seasons kings
# Stoic quotes
## Control
Some things are up to us and some are not; misery begins where we confuse them. Epictetus opens his handbook with this.
~ philosophy of accepting what cannot be changed
= Epictetus handbook
# History of the canal
## Locks
Barges climbed ninety metres through twenty-six chambers; the keepers lived rent free and paid fines for every wasted basin.
~ boats going uphill in the old waterway
= chambers keepers barges
# Family tree
## Great-grandfather
Anton left Bohemia in 1907, worked in the glass factory and signed his name with a cross until he was forty.
~ ancestor who emigrated and could not write
= Bohemia 1907 glass
# Letters from grandmother
## Winter 1946
They traded the piano for two sacks of potatoes and burned the fence. She still writes that it was a merry Christmas.
~ hunger after the war in the relatives' memories
= piano potatoes fence
# School meeting
## Maths
Lena understands fractions when she may draw them and panics when she is timed. The teacher drops the stopwatch.
~ daughter's trouble with arithmetic under pressure
= fractions stopwatch
# Birthday treasure hunt
## Clues
Lemon juice letters over a candle, a mirror message, then a map torn in five. Ends at the shed with the cake.
~ party game for kids with secret writing
= lemon juice mirror map
# Toddler fever
## When to call
Above thirty-nine for two days, a stiff neck, or refusing to drink. Otherwise fluids, cuddles and patience.
~ sick small child, do we need the doctor
= stiff neck fluids
# Puppy training
## Recall
Call once, run away, reward with chicken. Never call for the bath. Long leash until it works ten times out of ten.
~ teaching a young dog to come back
= long leash chicken
# Cat at the vet
## Kidneys
Creatinine is slightly raised. Wet food, several bowls of water, and another blood test in three months.
~ the pet's renal values
= creatinine wet food
# Aquarium cycle
## Nitrite
Let bacteria settle for four weeks before the first fish. Feed a pinch of flakes and test until the peak has passed.
~ preparing a tank so that animals survive
= nitrite bacteria flakes
# Bird list
## April
Blackcap on the third, first swift on the twenty-ninth, wryneck heard behind the cemetery. No cuckoo this year.
~ which migrants arrived this spring
= wryneck swift cuckoo
# Mushroom walk
## Confusion
The death cap has white gills, a ring and a sac at the base; dig out the whole foot before deciding anything.
~ distinguishing a deadly fungus in the forest
= white gills sac ring
# Star party
## Targets
Andromeda before moonrise, the double cluster at nine, Saturn's rings at low power when the air is calm.
~ what to look at with the telescope tonight
= Andromeda double cluster
# Tide tables
## Springs
Range is largest two days after new and full moon. The causeway is passable three hours either side of low water.
~ when can one walk to the island
= causeway low water
# Solar panels
## Yield
Nine kilowatts on the east and west roof spread the harvest over the day; south alone peaks when nobody is at home.
~ best orientation for photovoltaics
= nine kilowatts roof
# Electricity bill
## Standby
The old amplifier and the pond pump draw ninety watts all night. A timer saves about two hundred a year.
~ hidden power consumption in the house
= amplifier pond pump
# Insurance claim
## Hail
Photograph the dents with a ruler, report within seven days, and let their expert come before anything is repaired.
~ storm damaged the car, how to get compensation
= hail dents expert
# Neighbour dispute
## Hedge
It may be two metres tall at half a metre from the line. Talk over coffee first; the mediator is free, the court is not.
~ quarrel about plants on the property border
= hedge mediator
# Community garden rules
## Watering
Each plot has two mornings. Hoses are rolled up, the gate is locked, and produce is picked by its owner only.
~ shared allotment regulations
= plot hoses gate
# Bike lane petition
## Arguments
Crashes halved on the pilot street, shops kept their turnover, and buses run on time because nobody double-parks.
~ evidence for protected cycling paths
= pilot street turnover
# Town council notes
## Library
Opening on Sundays would cost thirty thousand. The mayor prefers a self-service entrance with a card.
~ extending hours at the place that lends books
= mayor Sundays entrance
# Volunteer shift
## Food bank
Check dates, sort out dented tins, give families the fresh vegetables first. Tuesday needs two more drivers.
~ helping to distribute groceries to the poor
= dented tins drivers
# Talk on attention
## Outline
Start with the juggling story, then three studies on switching costs, then one habit that everybody can try tomorrow.
~ presentation about losing focus
= juggling switching costs
# Thesis feedback
## Chapter two
The method is clear but the sample is described too late. Move the limitations up and cut the history by half.
~ supervisor's remarks on my academic writing
= sample limitations chapter
# Statistics refresher
## P values
It is the chance of data at least this extreme if nothing is going on, and not the chance that nothing is going on.
~ meaning of significance testing
= extreme chance data
# Survey design
## Wording
Ask one thing at a time, offer a way out, and try it aloud on five strangers before sending it to a thousand.
~ writing good questions for a poll
= wording strangers
# Zettelkasten habit
## Linking
One thought per card in whole sentences. Before filing it ask which older card it answers, and write that down.
~ organising ideas so that they connect
= card sentences filing
# Weekly review
## Checklist
Empty the inbox, look two weeks ahead, pick three results for the coming days and delete what nobody will miss.
~ Friday routine for planning
= inbox three results
# Negotiating salary
## Preparation
Write down the number that makes you walk away, let them speak first, and stay silent after naming your figure.
~ asking the boss for a raise
= number silent figure
# Difficult conversation with Tom
## Notes
Say what happened without adjectives, what it did to the project, and ask what he saw. He was relieved.
~ giving critical feedback to a colleague
= adjectives relieved Tom
# Onboarding guide
## First week
Laptop and accounts on Monday, a tiny change shipped by Wednesday, lunch with somebody from another team on Friday.
~ what newcomers do in their opening days at the company
= laptop accounts Monday
# Remote work setup
## Ergonomics
Top edge of the screen at eye height, elbows at right angles, and a lamp from the side so that nobody squints.
~ arranging the desk to avoid neck pain
= eye height elbows lamp
# Noise in the office
## Ideas
Phone booths, felt on the ceiling, and a rule that calls longer than five minutes leave the room.
~ too loud to concentrate at work
= felt ceiling booths
# 3D printing
## Warping
Corners lift when the bed is cold or greasy. Wipe with alcohol, print a brim, close the door.
~ plastic model bends up at the edges
= brim bed alcohol
# Soldering basics
## Cold joints
Heat the pad and the leg together, feed tin to the work and not to the tip. A dull blob will fail.
~ joining electronic parts with molten metal properly
= pad tin dull blob
# Arduino weather station
## Sensor drift
Humidity reads high after a night of fog. Bake the sensor at eighty degrees or accept three percent of error.
~ moisture measurement becomes inaccurate
= humidity fog sensor
# Clock repair
## Escapement
A drop of oil on the pallets and a beat that is even: tilt the case until tick and tock are the same length.
~ old timepiece stops after a while
= pallets tick tock
# Piano humidity
## Tuning
Keep the room between forty and fifty percent; the soundboard swells in August and the treble goes sharp.
~ the grand goes out of pitch in summer
= soundboard treble
# Wedding speech
## Story
Tell about the night the tent collapsed and she laughed first. End by thanking both grandmothers, keep it under four minutes.
~ what to say about the bride at the celebration
= tent collapsed grandmothers
# Gift ideas
## Father
A good headlamp, the map of the peaks around his village, tickets for the steam railway.
~ present for dad
= steam railway peaks
# Funeral arrangements
## Wishes
Uncle wanted no flowers, the Schubert quintet and soup for everybody afterwards at the inn.
~ how he wished to be buried and mourned
= Schubert soup inn
`;
