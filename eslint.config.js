import js from '@eslint/js';
import tseslint from 'typescript-eslint';
import hooks from 'eslint-plugin-react-hooks';

/** The house's arrows: each room may import the rooms listed, and itself. CONTRIBUTING.md draws them. */
const rooms = {
  math: [],
  media: ['math'],
  runtime: ['math'],
  encoders: ['math', 'runtime'],
  fusion: ['math', 'runtime'],
  packs: ['math', 'runtime', 'encoders', 'fusion'],
  engine: ['math', 'media', 'runtime', 'encoders', 'fusion', 'packs'],
  store: ['math', 'media', 'packs', 'engine'],
  charts: ['math', 'store'],
  app: ['math', 'media', 'packs', 'engine', 'store', 'charts'],
  cli: ['math', 'media', 'runtime', 'encoders', 'fusion', 'packs', 'engine'],
};
const all = Object.keys(rooms);

/** Only runtime touches tfjs; elsewhere its ops come through `runtime/tf`. The umbrella bundle is never imported. */
const tfjs = {
  group: ['@tensorflow/*'],
  message: 'tfjs is reached through src/runtime (runtime/tf.ts re-exports the ops in use).',
};
const umbrella = {
  group: ['@tensorflow/tfjs'],
  message: 'Import its core and backends, not the umbrella bundle.',
};

const room = (name) => ({
  files: [`src/${name}/**/*.{ts,tsx}`],
  rules: {
    'no-restricted-imports': [
      'error',
      {
        patterns: [
          ...all
            .filter((other) => other !== name && !rooms[name].includes(other))
            .map((other) => ({
              group: [`**/${other}/**`, `**/${other}`],
              message: `src/${name} may not import src/${other}: see the house in CONTRIBUTING.md.`,
            })),
          ...(name === 'runtime' ? [umbrella] : [tfjs]),
          ...(name === 'math' ? [{ regex: '^[^.]', message: 'src/math imports nothing.' }] : []),
        ],
      },
    ],
  },
});

export default tseslint.config(
  { ignores: ['dist', 'node_modules', 'src/runtime/kernels/assembly', '.cache', 'public'] },
  js.configs.recommended,
  ...tseslint.configs.recommended,
  {
    plugins: { 'react-hooks': hooks },
    rules: {
      ...hooks.configs.recommended.rules,
      '@typescript-eslint/no-explicit-any': 'error',
      'no-undef': 'off',
    },
  },
  ...all.map(room),
);
