import { defineConfig } from 'vitest/config';

/** End to end: the built page in Chromium, one file after the other, as they share the machine. */
export default defineConfig({
  test: {
    include: ['test/e2e/**/*.test.ts'],
    globalSetup: 'test/e2e/support/setup.ts',
    fileParallelism: false,
    expect: { poll: { timeout: 30_000, interval: 100 } },
    testTimeout: 120_000,
    hookTimeout: 180_000,
  },
});
