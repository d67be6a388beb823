/**
 * Where Chromium is: CHROMIUM, else Debian's. Run as a script it installs Debian's where there is none, as the end to
 * end tests and the benchmarks need it.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const candidates = [
  process.env.CHROMIUM,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
];

/** @returns {string | null} */
export const findChromium = () => candidates.find((path) => path && existsSync(path)) ?? null;

/** @returns {string} @throws where there is none and it cannot be installed */
export function ensureChromium() {
  const found = findChromium();
  if (found) return found;
  if (process.platform === 'linux' && existsSync('/usr/bin/apt-get')) {
    console.log('Installing Chromium by apt-get …');
    const sudo = process.getuid?.() === 0 ? [] : ['sudo', '-n'];
    const run = (...args) => {
      const [command, ...rest] = [...sudo, 'apt-get', ...args];
      return spawnSync(command, rest, {
        stdio: 'inherit',
        env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
      }).status;
    };
    const install = () => run('install', '-y', '-q', '--no-install-recommends', 'chromium');
    if (install() !== 0) {
      run('update', '-q');
      install();
    }
  }
  const installed = findChromium();
  if (!installed)
    throw new Error('No Chromium is here: install one, or set CHROMIUM to its path, then try again.');
  return installed;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    console.log(ensureChromium());
  } catch (error) {
    console.error(error.message);
    process.exit(1);
  }
}
