// Installs the dependencies if they are absent or older than the lock file, so that one command works on a fresh machine.
import { existsSync, lstatSync, statSync } from 'node:fs';
import { spawnSync } from 'node:child_process';

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`Skewscope needs Node 20.19 or later; this is ${process.versions.node}.`);
  process.exit(1);
}
const marker = 'node_modules/.package-lock.json';
if (!existsSync(marker) || statSync(marker).mtimeMs < statSync('package-lock.json').mtimeMs) {
  if (existsSync('node_modules') && lstatSync('node_modules').isSymbolicLink()) {
    console.error(
      'node_modules is a link, and installing through it would empty the folder that it points to: run "npm ci" in that folder, or remove the link.',
    );
    process.exit(1);
  }
  console.log('Installing dependencies …');
  const { status } = spawnSync('npm', ['ci', '--no-fund', '--no-audit'], { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}
