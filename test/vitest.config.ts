import {availableParallelism} from 'node:os';
import {fileURLToPath} from 'node:url';
import {configDefaults, defineConfig} from 'vitest/config';
import {size, tiers} from './tiers.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

export default defineConfig({
  root,
  test: {
    // Vitest leaves a core free; on two that means one file at a time, though many of them only wait for a switchboard.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    projects: tiers.map((tier) => ({
      test: {
        name: tier.name,
        root,
        include: [`test/${tier.name}/**/*.test.{ts,tsx}`],
        exclude: [...configDefaults.exclude, ...(size() === 'quick' ? tier.slow.map((word) => `test/${tier.name}/**/*${word}*`) : [])],
        setupFiles: ['test/properties.ts'],
        fileParallelism: !tier.alone,
        // By size: CI tries each property ten times as often as a laptop does, where the longest take 15 s on a busy machine and others are
        // slower still; the night twenty times as often again. What hangs meets the budget of its tier.
        testTimeout: {quick: 30_000, ci: 120_000, night: 1_800_000}[size()],
        hookTimeout: 120_000,
      },
    })),
  },
});
