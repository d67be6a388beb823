// All checks in order: types, lint, format, unit and parity, the build, end to end. Ends with "N passed, N failed".
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import './ensure.mjs';

const only = process.argv.slice(2);
mkdirSync('results', { recursive: true });
let passed = 0;
let failed = 0;
let skipped = 0;

const run = (command, args) => spawnSync(command, args, { stdio: 'inherit', env: process.env }).status === 0;
const wanted = (name) => only.length === 0 || only.includes(name);

function check(name, command, args) {
  if (!wanted(name)) return true;
  console.log(`\n── ${name}`);
  const good = run(command, args);
  if (good) passed++;
  else failed++;
  return good;
}

function suite(name, config) {
  if (!wanted(name)) return;
  console.log(`\n── ${name}`);
  const report = `results/${name}.json`;
  rmSync(report, { force: true });
  const good = run('npx', [
    'vitest',
    'run',
    '--config',
    config,
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
  ]);
  try {
    const counts = JSON.parse(readFileSync(report, 'utf8'));
    passed += counts.numPassedTests;
    failed += counts.numFailedTests;
    skipped += counts.numPendingTests;
    // A file that fails to load has no tests to count.
    if (!good && counts.numFailedTests === 0) failed++;
  } catch {
    failed++;
  }
}

check('kernels', 'npm', ['run', '--silent', 'build:kernels']);
check('types', 'npx', ['tsc', '--noEmit']);
check('lint', 'npx', ['eslint', '.']);
check('format', 'npx', ['prettier', '--check', '--log-level=warn', 'src', 'test', 'scripts']);
suite('unit', 'vitest.config.ts');
if (check('build', 'npm', ['run', '--silent', 'build']) && wanted('e2e')) {
  if (check('chromium', 'node', ['scripts/chromium.mjs'])) suite('e2e', 'vitest.e2e.config.ts');
}
console.log(`\n${passed} passed, ${failed} failed${skipped ? `, ${skipped} skipped` : ''}`);
process.exit(failed ? 1 : 0);
