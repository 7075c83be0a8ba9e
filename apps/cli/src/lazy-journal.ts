// A journal that is opened at its first record: commands that only look leave nothing behind.
import { openJournal, type Journal, type JournalEntry, type JournalOptions, type JournalPowers } from "@crucible/audit";
import { fail, succeed, type Outcome } from "@crucible/sandbox";

/** What commands need of a journal. */
export type LazyJournal = Pick<Journal, "append" | "flushed" | "record" | "dispose">;

/** Records wait for the journal to open; whatever waits for them to be written fails where it cannot be opened. */
export function createLazyJournal(powers: JournalPowers, options: JournalOptions): LazyJournal {
  let journal: Journal | undefined;
  let opening: Promise<Outcome<Journal>> | undefined;
  const waiting: JournalEntry[] = [];
  const open = (): Promise<Outcome<Journal>> => {
    opening ??= openJournal(powers, options)
      .catch((thrown: unknown) => fail("audit/unwritable", `Cannot open the journal: ${String(thrown)}`))
      .then((opened) => {
        if (!opened.ok) return opened;
        journal = opened.value;
        for (const entry of waiting.splice(0)) journal.append(entry);
        return opened;
      });
    return opening;
  };
  return {
    append: (entry) => {
      if (journal !== undefined) return journal.append(entry);
      void open();
      return waiting.push(entry);
    },
    flushed: async () => {
      if (opening === undefined) return succeed(undefined);
      const opened = await open();
      return opened.ok ? opened.value.flushed() : opened;
    },
    record: async (entry) => {
      const opened = await open();
      return opened.ok ? opened.value.record(entry) : opened;
    },
    dispose: async () => {
      if (opening === undefined) return succeed(undefined);
      const opened = await open();
      return opened.ok ? opened.value.dispose() : opened;
    },
  };
}
