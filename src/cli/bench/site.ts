/** Serving a built folder to Chromium, as the page's own server does it. */
import { chromium, type Browser } from 'playwright-core';
import { ensureChromium } from '../../../scripts/chromium.mjs';
import { listen, staticServer } from '../../../scripts/serve.mjs';

export interface Site {
  url: string;
  close(): void;
}

/**
 * @param mounts other folders by the start of their path
 * @param isolated with the headers that threads need
 */
export async function serveFolder(
  folder: string,
  mounts: Record<string, string>,
  isolated: boolean,
): Promise<Site> {
  const server = staticServer({ folder, mounts, headers: isolated });
  const port = await listen(server, 0);
  return {
    url: `http://localhost:${port}/`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

export const launchChromium = (): Promise<Browser> =>
  chromium.launch({ executablePath: ensureChromium(), args: ['--no-sandbox'] });
