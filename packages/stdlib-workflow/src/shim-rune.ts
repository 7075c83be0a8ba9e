// Rune's surface of the module: functions of tasks stay in the guest and run between two host calls.

export const runeShim: string = `
//! Workflows.

use std::ops::Function;

/// A workflow that was checked.
pub struct Workflow { data, functions, tasks, run }

fn field(value, name) {
    match value.get(name) { Some(found) => found, None => () }
}

// Copies a task without its function.
fn read_task(name, task, functions) {
    if task is Function {
        functions.insert(name, task);
        return #{ "run": true };
    }
    if !(task is Object) {
        return task;
    }
    let copy = #{};
    for (key, value) in task {
        copy.insert(key, value);
    }
    let work = field(task, "run");
    if work is Function {
        functions.insert(name, work);
        copy.insert("run", true);
    }
    copy
}

fn read_tasks(tasks, functions) {
    if tasks is Vec {
        let copies = [];
        for task in tasks {
            let name = if task is Object { field(task, "name") } else { () };
            copies.push(read_task(if name is String { name } else { "" }, task, functions));
        }
        return copies;
    }
    if tasks is Object {
        let copies = #{};
        for (name, task) in tasks {
            copies.insert(name, read_task(name, task, functions));
        }
        return copies;
    }
    tasks
}

fn read(source) {
    let functions = #{};
    let data = #{};
    for (key, value) in source {
        data.insert(key, if key == "tasks" { read_tasks(value, functions) } else { value });
    }
    (data, functions)
}

fn describe(failure) {
    if failure is String {
        return #{ "message": failure };
    }
    if failure is Object {
        return #{ "code": field(failure, "code"), "message": field(failure, "message") };
    }
    #{ "code": failure.code, "message": failure.message }
}

/// Tells everything that is wrong with a definition.
pub fn check(source) {
    let (data, functions) = read(source);
    host::check(data)
}

/// Makes a workflow of a definition. Fails with everything that is wrong.
pub fn define(source) {
    let (data, functions) = read(source);
    let tasks = host::order(data)?;
    Ok(Workflow { data, functions, tasks, run: () })
}

/// Defines and executes.
pub fn execute(source, options) {
    define(source)?.execute_with(options)
}

impl Workflow {
    /// Names of the tasks in topological order.
    pub fn order(self) {
        self.tasks.clone()
    }

    /// Ends the execution that is under way; for functions of tasks.
    pub fn cancel(self, reason) {
        if self.run is String {
            host::cancel(self.run, reason)?;
        }
        Ok(())
    }

    /// Executes one task after the other and returns the report.
    pub fn execute(self) {
        self.execute_with(#{})
    }

    /// Executes with options: parallel, max_concurrency, inputs, run, restart.
    pub fn execute_with(self, options) {
        if self.run is String {
            return Err("Cannot execute the workflow inside one of its own tasks");
        }
        self.run = host::begin(self.data, options)?;
        let is_stored = options is Object && options.contains_key("run");
        let report = take_steps(self.run, self.functions, is_stored);
        self.run = ();
        report
    }
}

fn advance(run, ended, is_stored) {
    if is_stored { host::advance_stored(run, ended) } else { host::advance(run, ended) }
}

fn take_steps(run, functions, is_stored) {
    let step = advance(run, (), is_stored)?;
    while !step.contains_key("report") {
        let work = functions[step.task];
        let ended = match work(step) {
            Err(failure) => #{ "error": describe(failure) },
            Ok(output) => #{ "output": output },
            output => #{ "output": output },
        };
        step = advance(run, ended, is_stored)?;
    }
    Ok(step.report)
}
`;
