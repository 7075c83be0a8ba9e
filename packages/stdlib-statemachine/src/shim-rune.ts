// Rune's surface of the module: functions inside definitions stay in the guest under names, and run between two host calls.

export const runeShim: string = `
//! State machines.

use std::ops::Function;

/// A machine that was checked: \`start\` makes instances in memory, \`open\` stored ones.
pub struct Definition { data, callbacks, found, migrate }

/// A running instance.
pub struct Machine { definition, snapshot, stored_as, busy }

fn place_of(place, key) {
    if place == "" { \`\${key}\` } else { \`\${place}.\${key}\` }
}

// Copies a definition; functions are replaced by the name of the place where they stand.
fn collect(value, place, callbacks) {
    if value is Function {
        let name = \`@\${place}\`;
        callbacks.insert(name, value);
        return name;
    }
    if value is Object {
        let copy = #{};
        for (key, inner) in value {
            copy.insert(key, collect(inner, place_of(place, key), callbacks));
        }
        return copy;
    }
    if value is Vec {
        let copy = [];
        let index = 1;
        for inner in value {
            copy.push(collect(inner, place_of(place, index), callbacks));
            index += 1;
        }
        return copy;
    }
    value
}

fn copied(value) {
    if value is Object {
        let copy = #{};
        for (key, inner) in value {
            copy.insert(key, copied(inner));
        }
        return copy;
    }
    if value is Vec {
        let copy = [];
        for inner in value {
            copy.push(copied(inner));
        }
        return copy;
    }
    value
}

fn look_for(names, callbacks, unknown) {
    if names is Vec {
        for name in names {
            look_for(name, callbacks, unknown);
        }
    } else if names is String {
        if !callbacks.contains_key(names) {
            unknown.push(names);
        }
    }
}

fn field(value, name) {
    match value.get(name) { Some(found) => found, None => () }
}

fn find_unknown(value, callbacks, unknown) {
    look_for(field(value, "entry"), callbacks, unknown);
    look_for(field(value, "exit"), callbacks, unknown);
    let on = field(value, "on");
    if on is Object {
        for candidates in on.values() {
            let list = if candidates is Vec { candidates } else { [candidates] };
            for transition in list {
                if transition is Object {
                    look_for(field(transition, "guard"), callbacks, unknown);
                    look_for(field(transition, "actions"), callbacks, unknown);
                }
            }
        }
    }
    let states = field(value, "states");
    if states is Object {
        for state in states.values() {
            if state is Object {
                find_unknown(state, callbacks, unknown);
            }
        }
    }
}

fn read(source) {
    let callbacks = #{};
    for group in ["actions", "guards"] {
        if let Some(named) = source.get(group) {
            for (name, callback) in named {
                callbacks.insert(name, callback);
            }
        }
    }
    let data = #{};
    for (key, value) in source {
        if key != "actions" && key != "guards" && key != "migrate" {
            data.insert(key, collect(value, key, callbacks));
        }
    }
    (data, callbacks)
}

/// Tells everything that is wrong with a definition.
pub fn check(source) {
    let (data, callbacks) = read(source);
    host::check(data)
}

/// Makes a machine of a definition. Fails with everything that is wrong.
pub fn define(source) {
    let (data, callbacks) = read(source);
    let found = host::check(data)?;
    let errors = [];
    for finding in found {
        if finding.severity == "error" {
            errors.push(finding.message);
        }
    }
    if !errors.is_empty() {
        return Err(\`Cannot define the machine: \${errors.join("; ")}\`);
    }
    let unknown = [];
    find_unknown(data, callbacks, unknown);
    if !unknown.is_empty() {
        unknown.sort();
        return Err(\`Cannot define the machine: there is no callback \${unknown.join(", ")}\`);
    }
    Ok(Definition { data, callbacks, found, migrate: field(source, "migrate") })
}

/// Makes a machine of a configuration of XState 5; \`options\` has \`actions\`, \`guards\` and \`migrate\`.
pub fn from_xstate(config, options) {
    let source = host::read_xstate(config)?;
    for (key, value) in options {
        source.insert(key, value);
    }
    define(source)
}

// A callback that fails ends the transition; its other results do not matter.
fn run(callbacks, calls, context, event) {
    for call in calls {
        let callback = callbacks[call.callback];
        let result = callback(context, event);
        if result is Result {
            result?;
        }
    }
    Ok(())
}

// From here on the state counts: it is stored where it is to be kept, and told.
fn commit(definition, name, snapshot, cause) {
    if name is String {
        host::save(definition.data, name, snapshot, cause)
    } else {
        host::announce(definition.data, snapshot, cause)
    }
}

fn begin(definition, context, name) {
    let started = host::begin(definition.data, context)?;
    let snapshot = started.snapshot;
    let event = #{ "type": "machine.start", "data": (), "from": "", "to": snapshot.state };
    run(definition.callbacks, started.calls, snapshot.context, event)?;
    commit(definition, name, snapshot, #{ "event": "machine.start", "from": "" })?;
    Ok(Machine { definition, snapshot, stored_as: name, busy: false })
}

impl Definition {
    /// Starts an instance in memory.
    pub fn start(self) {
        begin(self, (), ())
    }

    /// Starts an instance in memory with a context of its own.
    pub fn start_with(self, context) {
        begin(self, context, ())
    }

    /// Restores the stored instance of this name, or starts it.
    pub fn open(self, name) {
        self.open_with(name, ())
    }

    /// Restores the stored instance of this name, or starts it with a context of its own.
    pub fn open_with(self, name, context) {
        let snapshot = host::load(self.data, name)?;
        if !(snapshot is Object) {
            return begin(self, context, name);
        }
        let version = match self.data.get("version") { Some(version) => version, None => 1 };
        if snapshot.version != version {
            let before = #{ "state": snapshot.state, "context": snapshot.context };
            let after = before;
            if self.migrate is Function {
                let migrate = self.migrate;
                after = migrate(before, snapshot.version);
                if after is Result {
                    after = after?;
                }
            }
            snapshot = host::migrate(self.data, snapshot, after.state, after.context)?;
            commit(self, name, snapshot, #{ "event": "machine.migrate", "from": before.state })?;
        }
        Ok(Machine { definition: self, snapshot, stored_as: name, busy: false })
    }

    pub fn instances(self) { host::instances(self.data) }
    pub fn remove(self, name) { host::remove(self.data, name) }
    pub fn findings(self) { copied(self.found) }
    pub fn data(self) { copied(self.data) }
    pub fn dot(self) { host::dot(self.data, ()) }
    pub fn mermaid(self) { host::mermaid(self.data, ()) }
    pub fn svg(self) { host::svg(self.data, ()) }
    pub fn to_xstate(self) { host::to_xstate(self.data) }
}

impl Machine {
    pub fn state(self) { self.snapshot.state }
    pub fn context(self) { copied(self.snapshot.context) }
    pub fn history(self) { copied(self.snapshot.history) }
    pub fn done(self) { self.snapshot.done }
    pub fn name(self) { self.stored_as }
    pub fn snapshot(self) { copied(self.snapshot) }
    pub fn dot(self) { host::dot(self.definition.data, self.snapshot.state) }
    pub fn mermaid(self) { host::mermaid(self.definition.data, self.snapshot.state) }
    pub fn svg(self) { host::svg(self.definition.data, self.snapshot.state) }

    /// Events that the present state has a transition for.
    pub fn events(self) {
        if self.snapshot.done {
            return Ok([]);
        }
        host::events(self.definition.data, self.snapshot.state)
    }

    /// True in this state, and in every state inside of it.
    pub fn matches(self, state) {
        self.snapshot.state == state || self.snapshot.state.starts_with(\`\${state}.\`)
    }

    /// True when the event would be taken now.
    pub fn can(self, event) {
        self.can_with(event, ())
    }

    pub fn can_with(self, event, data) {
        if !self.events()?.contains(event) {
            return Ok(false);
        }
        let planned = host::step(self.definition.data, self.snapshot, event)?;
        let happening = #{ "type": event, "data": data, "from": self.snapshot.state };
        Ok(passing(self, planned, happening) is Object)
    }

    /// Sends an event: asks the guards, runs exit, action and entry callbacks, stores, and returns the new state.
    pub fn transition(self, event) {
        self.transition_with(event, ())
    }

    /// Sends an event with data that guards and callbacks find in \`event.data\`.
    pub fn transition_with(self, event, data) {
        if self.busy {
            return Err("Cannot use the machine inside one of its own callbacks");
        }
        self.busy = true;
        let result = take(self, event, data);
        self.busy = false;
        result
    }
}

fn passing(machine, planned, event) {
    let callbacks = machine.definition.callbacks;
    for plan in planned.plans {
        if plan.guard == "" {
            return plan;
        }
        let guard = callbacks[plan.guard];
        if guard(planned.context, event) {
            return plan;
        }
    }
    ()
}

fn take(machine, event, data) {
    let definition = machine.definition;
    let before = machine.snapshot;
    let planned = host::step(definition.data, before, event)?;
    let happening = #{ "type": event, "data": data, "from": before.state };
    let plan = passing(machine, planned, happening);
    if !(plan is Object) {
        return host::refuse(definition.data, before, event);
    }
    happening.insert("to", plan.state);
    run(definition.callbacks, plan.calls, planned.context, happening)?;
    let history = copied(before.history);
    history.push(plan.record);
    while history.len() > planned.history_length {
        history.remove(0);
    }
    let after = #{
        "machine": before.machine, "version": before.version, "state": plan.state, "done": plan.done,
        "sequence": before.sequence + 1, "context": planned.context, "history": history,
    };
    commit(definition, machine.stored_as, after, #{ "event": event, "from": before.state })?;
    machine.snapshot = after;
    Ok(after.state)
}
`;
