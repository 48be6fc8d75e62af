import { COMMANDS, SHELLS } from '../command-table.ts';
import { SETTINGS } from '../setting-table.ts';
import { flagName, type Setting } from '../wire/settings.ts';

/** A flag as a shell completes it. */
interface Flag {
  /** `--listen`. */
  readonly word: string;
  readonly meaning: string;
  /** What stands behind it: nothing, one of these words, a path, or something else. */
  readonly value: 'none' | 'path' | 'other' | readonly string[];
}

/** Words that come behind others. */
interface State {
  /** Those in front: `rollout`; empty for the command itself. */
  readonly behind: string;
  readonly words: readonly { readonly word: string; readonly meaning: string }[];
  readonly flags: readonly Flag[];
}

const PROGRAM = 'kubernetes-haproxy';
const OWN: readonly Flag[] = [
  { word: '--help', meaning: 'help', value: 'none' },
  { word: '--version', meaning: 'the version', value: 'none' },
];

function valueOfSetting(setting: Setting<unknown>): Flag['value'] {
  if (setting.isSwitch) return 'none';
  if (/^(?:FILE|FOLDER|BINARY)\b/.test(setting.value)) return 'path';
  const names = setting.value.split('|');
  return names.every((name) => /^[a-z0-9]+$/.test(name)) && names.length > 1 ? names : 'other';
}

/** The first sentence or so: shells have a line for it. */
const brief = (meaning: string): string => (meaning.split(/[:;.] /)[0] ?? '').slice(0, 70);

const FLAGS: ReadonlyMap<string, Flag> = new Map(
  Object.entries(SETTINGS as Readonly<Record<string, Setting<unknown>>>).map(([name, setting]) => [
    name,
    {
      word: `--${flagName(setting)}`,
      meaning: brief(setting.meaning),
      value: valueOfSetting(setting),
    },
  ]),
);

function states(): readonly State[] {
  const names = Object.keys(COMMANDS);
  const heads = [...new Set(names.map((name) => name.split(' ')[0] ?? ''))];
  const own = names.map((behind): State => {
    const { settings = [], words = [] } = COMMANDS[behind] ?? {};
    const flags = settings.flatMap((name) => FLAGS.get(name) ?? []);
    return {
      behind,
      words: words.map((word) => ({ word, meaning: '' })),
      flags: [...flags, ...OWN],
    };
  });
  const groups = heads.filter((head) => !names.includes(head));
  const verbs = groups.map((behind): State => {
    const below = names.filter((name) => name.startsWith(`${behind} `));
    const words = below.map((name) => ({
      word: name.slice(behind.length + 1),
      meaning: COMMANDS[name]?.summary ?? '',
    }));
    return { behind, words, flags: OWN };
  });
  const first = heads.map((word) => ({
    word,
    meaning: COMMANDS[word]?.summary ?? names.filter((n) => n.startsWith(`${word} `)).join(', '),
  }));
  return [{ behind: '', words: first, flags: OWN }, ...verbs, ...own];
}

const all = [...FLAGS.values()];
const wordsOf = (flags: readonly Flag[]): string => flags.map(({ word }) => word).join('|');
const PATHS = all.filter(({ value }) => value === 'path');
const OTHERS = all.filter(({ value }) => value === 'other');
const CHOICES = all.filter(({ value }) => Array.isArray(value));
const choicesOf = ({ value }: Flag): string => (value as readonly string[]).join(' ');
const quoted = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`;

/** What bash and zsh share: the words in front, without flags and their values, as `command`. */
const findCommand = (words: string, { from, to }: { from: number; to: string }) => `\
  for ((i = ${from}; i < ${to}; i++)); do
    word=\${${words}[i]}
    case $word in
      -o|${wordsOf(all.filter(({ value }) => value !== 'none'))}) ((i++)) ;;
      -*) ;;
      *) command="$command\${command:+ }$word" ;;
    esac
  done
`;

const forBash = (): string => `# ${PROGRAM} completion bash
_kubernetes_haproxy() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD - 1]}
  local command= word i words=
  COMPREPLY=()
  case $previous in
    ${wordsOf(PATHS)})
      compopt -o filenames 2>/dev/null || true
      mapfile -t COMPREPLY < <(compgen -f -- "$current")
      return ;;
    ${wordsOf(OTHERS)}) return ;;
${CHOICES.map((flag) => `    ${flag.word}${flag.word === '--output' ? '|-o' : ''}) words='${choicesOf(flag)}' ;;\n`).join('')}\
  esac
${findCommand('COMP_WORDS', { from: 1, to: 'COMP_CWORD' })}\
  [ -n "$words" ] || case $command in
${states()
  .map(({ behind, words, flags }) => {
    const given = [...words, ...flags].map(({ word }) => word).join(' ');
    return `    ${quoted(behind)}) words='${given}' ;;\n`;
  })
  .join('')}\
  esac
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
}
complete -F _kubernetes_haproxy ${PROGRAM}
`;

/** `_describe` takes `word:meaning`. */
const described = ({ word, meaning }: { readonly word: string; readonly meaning: string }) =>
  quoted(meaning === '' ? word : `${word}:${meaning}`);

const forZsh = (): string => `#compdef ${PROGRAM}
# ${PROGRAM} completion zsh
_kubernetes_haproxy() {
  local command= word i
  local -a choices
  case \${words[CURRENT - 1]} in
    ${wordsOf(PATHS)}) _files; return ;;
    ${wordsOf(OTHERS)}) return ;;
${CHOICES.map((flag) => `    ${flag.word}${flag.word === '--output' ? '|-o' : ''}) choices=(${choicesOf(flag)}) ;;\n`).join('')}\
  esac
  if ((\${#choices})); then
    _describe value choices
    return
  fi
${findCommand('words', { from: 2, to: 'CURRENT' })}\
  case $command in
${states()
  .map(({ behind, words, flags }) => {
    const given = [...words, ...flags].map(described).join(' ');
    return `    ${quoted(behind)}) choices=(${given}) ;;\n`;
  })
  .join('')}\
  esac
  _describe ${PROGRAM} choices
}
if [ "\${funcstack[1]}" = _kubernetes_haproxy ]; then _kubernetes_haproxy "$@"; else compdef _kubernetes_haproxy ${PROGRAM}; fi
`;

/** When the words in front are exactly these. */
function fishCondition({ behind }: State): string {
  if (behind === '') return '__fish_use_subcommand';
  const [head = '', verb] = behind.split(' ');
  const seen = `__fish_seen_subcommand_from ${head}`;
  if (verb !== undefined) return `${seen}; and __fish_seen_subcommand_from ${verb}`;
  const verbs = Object.keys(COMMANDS).flatMap((name) =>
    name.startsWith(`${head} `) ? [name.slice(head.length + 1)] : [],
  );
  return verbs.length === 0
    ? seen
    : `${seen}; and not __fish_seen_subcommand_from ${verbs.join(' ')}`;
}

function fishFlag({ word, meaning, value }: Flag): string {
  const name = `-l ${word.slice(2)}${word === '--output' ? ' -s o' : ''}`;
  const takes = value === 'none' ? '' : value === 'path' ? ' -r -F' : ' -x';
  const choices = Array.isArray(value) ? ` -a ${quoted(value.join(' '))}` : '';
  return `${name}${takes}${choices} -d ${quoted(meaning)}`;
}

function forFish(): string {
  const lines = states().flatMap((state) => {
    const start = `complete -c ${PROGRAM} -n ${quoted(fishCondition(state))}`;
    return [
      ...state.words.map(({ word, meaning }) => `${start} -a ${word} -d ${quoted(meaning)}`),
      ...state.flags.map((flag) => `${start} ${fishFlag(flag)}`),
    ];
  });
  return `# ${PROGRAM} completion fish\ncomplete -c ${PROGRAM} -f\n${lines.join('\n')}\n`;
}

const SCRIPTS: Readonly<Record<(typeof SHELLS)[number], () => string>> = {
  bash: forBash,
  zsh: forZsh,
  fish: forFish,
};

/** The script that has a shell complete commands and flags; undefined for a shell that is not known. */
export function completionOf(shell: string): string | undefined {
  const known = SHELLS.find((name) => name === shell);
  return known && SCRIPTS[known]();
}
