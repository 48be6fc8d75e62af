import { until } from '../kit/until.ts';
import type { Instance } from './haproxy.ts';
import type { Random } from './random.ts';
import type { World } from './world.ts';

export interface OtherHand {
  readonly random: Random;
  readonly instance: Instance;
  readonly root: string;
  readonly world: World;
  /** Somebody's certificate. */
  readonly certificate: string;
}

type Act = (hand: OtherHand) => readonly (readonly [command: string, payload?: string])[];

function server({ random, world }: OtherHand): string {
  const { name, servers } = random.pick(world.backends.filter((each) => each.servers.length > 0));
  return `${name}/${random.pick(servers).name}`;
}

const ACTS: readonly Act[] = [
  (hand) => {
    const path = server(hand);
    return [[`set server ${path} state maint`], [`del server ${path}`]];
  },
  (hand) => [[`set server ${server(hand)} addr 127.0.0.2 port 9`]],
  (hand) => {
    const path = `${hand.random.pick(hand.world.backends).name}/stranger`;
    return [[`add server ${path} 127.0.0.1:9`], [`set server ${path} state ready`]];
  },
  ({ random, root }) => [[`add map ${root}/files/m.map stranger${random.below(9)} y`]],
  ({ random, root, world }) => [
    [`set map ${root}/files/m.map ${random.pick(world.map)[0]} otherwise`],
  ],
  ({ random, root }) => [[`add acl ${root}/files/list stranger${random.below(9)}`]],
  ({ root }) => [[`clear acl ${root}/files/list`]],
  ({ random, root, world, certificate }) => {
    const file = `${root}/ssl/${random.pick(world.certificates)[0]}.pem`;
    return [[`set ssl cert ${file}`, certificate], [`commit ssl cert ${file}`]];
  },
  ({ random, root, world }) => {
    const file = `${root}/ssl/${random.pick(world.certificates)[0]}.pem`;
    const unlist = `del ssl crt-list ${root}/ssl ${file}`;
    return random.chance(0.5) ? [[unlist]] : [[unlist], [`del ssl cert ${file}`]];
  },
];

/**
 * A server that health checks or requests still hold on to is deleted a moment later: left in maintenance, it would be
 * what an operator took out, and stay so.
 */
async function send(instance: Instance, command: string, payload?: string): Promise<string> {
  let answer = '';
  await until(`${command} is answered for good`, async () => {
    answer = await instance.ask(command, payload);
    return !(command.startsWith('del server') && answer.includes('still has connections'));
  });
  return answer;
}

/** Does a few things to a HAProxy that nobody planned; what it refuses is nothing. Says what. */
export async function otherHand(hand: OtherHand): Promise<readonly string[]> {
  const done: string[] = [];
  for (let acts = 1 + hand.random.below(3); acts > 0; acts -= 1)
    for (const [command, payload] of hand.random.pick(ACTS)(hand)) {
      const answer = await send(hand.instance, command, payload);
      done.push(`${command}: ${answer.split('\n')[0]}`);
    }
  return done;
}
