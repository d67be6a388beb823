import { useCheckpointActions, useCheckpoints } from './context';
import { megabytes } from './words';

/** What this browser keeps of a person's checkpoints and tables, with its size, to be deleted. */
export function KeptList() {
  const kept = useCheckpoints((s) => s.kept);
  const busy = useCheckpoints((s) => s.extraction !== null);
  const { deleteKept } = useCheckpointActions();
  if (!kept || kept.checkpoints.length + kept.rows.length === 0) return null;
  const entries = [
    ...kept.checkpoints.map(({ key, name, architecture, bytes, complete }) => ({
      key,
      name,
      bytes,
      what: complete ? architecture : 'cut off while it was kept',
    })),
    ...kept.rows.map(({ key, title, done, rows, bytes }) => ({
      key,
      name: title,
      bytes,
      what: `states of ${done} of ${rows} rows`,
    })),
  ];
  return (
    <section className="panel" aria-label="Kept in this browser">
      <header>
        <h2>Kept in this browser</h2>
      </header>
      <ul className="checkpoint-kept">
        {entries.map(({ key, name, bytes, what }) => (
          <li key={key}>
            <span>
              <b>{name}</b> · {what} · {megabytes(bytes)}
            </span>
            <button
              type="button"
              className="btn"
              disabled={busy}
              aria-label={`Delete ${name}, ${what}`}
              onClick={() => deleteKept(key)}
            >
              Delete
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
