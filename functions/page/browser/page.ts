import { setClock, showAges } from './ages.ts';
import { followTyping } from './filter.ts';
import { keepAlive } from './live.ts';
import { followLines } from './lines.ts';
import { awaitPending } from './pending.ts';
import { offerSignIn } from './sign-in.ts';
import { followLinks, visit } from './visit.ts';

/** Ages are those of now, as far as anybody sees, if they are not older than this, in milliseconds. */
const AGES_MS = 1000;

/** What pages do beyond what they are without a script: everything on them is readable without it. */
const live = keepAlive(() => {
  visit(location.href, arrive).catch(() => undefined);
});

/** At this page, or another one in its place. */
function arrive(): void {
  offerSignIn(arrive);
  live();
}

setClock(document);
setInterval(showAges, AGES_MS);
followLines();
followLinks(arrive);
followTyping(live);
awaitPending(live);
arrive();
