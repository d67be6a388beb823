import { ensureChromium } from '../../../scripts/chromium.mjs';
import { ensureBuilt } from '../../../scripts/serve.mjs';

/** The build of these sources, and a Chromium. */
export default function setup(): void {
  ensureBuilt();
  ensureChromium();
}
