/** npm run bench -- [name …] [--json] [--write]: measures, beside yardsticks and targets, in one run. */
import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { bootstrapGroup } from './bench/bootstrap';
import { chromiumGroup } from './bench/chromium';
import { dependencyGroup } from './bench/dependency';
import { headsGroup } from './bench/heads';
import { instrumentGroup } from './bench/instrument';
import { forwardGroup } from './bench/kernels';
import { packsGroup } from './bench/packs';
import { table, writeResults } from './bench/report';
import { studyGroup } from './bench/study';
import type { Group, Row } from './bench/types';
import { machine, versions } from './bench/versions';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
    models: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});

const groups: Group[] = [
  forwardGroup,
  chromiumGroup,
  headsGroup,
  bootstrapGroup,
  dependencyGroup,
  instrumentGroup(values.models),
  packsGroup,
  studyGroup,
];
/** Several groups under one name. */
const sets: Record<string, string[]> = { kernels: ['forward', 'chromium', 'heads'] };

const usage = `Usage: npm run bench -- [group …] [options]

Groups, all of them unless named:
${groups.map((g) => `  ${g.name.padEnd(10)} ${g.about}`).join('\n')}
  kernels    forward, chromium and heads

  --json        the last line of standard output is one JSON object
  --models DIR  serve the packs in this folder to the page, in the place of its own
  --write       put the figures of these groups into docs/benchmarks.json and the table of docs/BENCHMARKS.md
`;

async function main(): Promise<void> {
  const asked = positionals.flatMap((name) => sets[name] ?? [name]);
  const unknown = asked.filter((name) => !groups.some((g) => g.name === name));
  if (values.help || unknown.length > 0) {
    if (unknown.length > 0) console.error(`There is no benchmark group called ${unknown.join(', ')}.\n`);
    console.log(usage);
    process.exitCode = values.help ? 0 : 2;
    return;
  }
  const rows: Row[] = [];
  for (const group of groups) {
    if (asked.length > 0 && !asked.includes(group.name)) continue;
    const own: Row[] = [];
    const [load] = loadavg();
    await group.run((row) => {
      own.push(row);
      console.error(table([row]).trimEnd());
    });
    rows.push(...own);
    const measured = new Date().toISOString().slice(0, 10);
    if (values.write)
      await writeResults(group.name, { measured, machine: machine(), load, versions: versions(), rows: own });
  }
  if (values.json) console.log(JSON.stringify({ schema: 1, machine: machine(), versions: versions(), rows }));
  else console.log(`${machine()}\n\n${table(rows)}`);
}

main().catch((error: Error) => {
  console.error(error.stack ?? error.message);
  // Servers may still listen.
  process.exit(1);
});
