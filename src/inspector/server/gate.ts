/**
 * Who may see the page. The printed address has a token that lets one browser in; from then on a cookie does. Everything
 * is refused that a page of another origin could make a browser ask for: names that lead here without being ours (DNS
 * rebinding), foreign origins, and requests that another site has caused, even one on another port of this machine,
 * which browsers count as the same site. Pure but for the secrets it is given.
 */

import {createHash, timingSafeEqual} from 'node:crypto';

/** A request, as far as it matters who asks. */
export interface Asked {
  readonly method: string;
  /** As it stands in the request: path and query. */
  readonly url: string;
  /** Every `Host` header; a good request has one. */
  readonly hosts: readonly string[];
  readonly origin: string | null;
  readonly cookie: string | null;
  /** `Sec-Fetch-Site`, `Sec-Fetch-Mode` and `Sec-Purpose`; browsers send them, other programs may not. */
  readonly site: string | null;
  readonly mode: string | null;
  readonly purpose: string | null;
}

/**
 * `pass`: has the cookie; `enter`: gets it, and is sent on to the page; `home`: has it, and came with a token again;
 * `bounce`: another site led a person here, so the browser sends no cookie and would send none after a redirect: it is to
 * come again from a page of ours.
 */
export type Verdict =
  | {readonly kind: 'pass'; readonly path: string; readonly query: URLSearchParams}
  | {readonly kind: 'enter'; readonly cookie: string}
  | {readonly kind: 'home'}
  | {readonly kind: 'bounce'; readonly to: string}
  | {readonly kind: 'refuse'; readonly status: number; readonly text: string};

export interface GateOptions {
  readonly port: number;
  /** A new secret that cannot be guessed, fit for a URL. */
  readonly newSecret: () => string;
  /** A token that was used up came again: here is another one. Told `linksMax` times at most. */
  readonly onUsedLink: (url: string) => void;
  readonly linksMax: number;
}

const HOW_TO_COME = 'Open the address that fdl has printed, with its token.\n';
const FOREIGN = 'Other sites may not ask this.\n';
/** Marks the second coming of a browser that another site had led here. */
const BOUNCED = 'again';
/** May stand in a page as it is. */
const TOKEN = /^[\w-]{1,64}$/;
const USED =
  'This address was used already: each one lets a single browser in.\nA new one stands in the terminal in which fdl runs.\n';

export class Gate {
  readonly #options: GateOptions;
  readonly #hosts: ReadonlySet<string>;
  readonly #cookieName: string;
  readonly #cookie: string;
  /** The one that lets in; null: used up, and nobody has asked for another. */
  #token: string | null;
  readonly #used: string[] = [];
  #links = 0;

  constructor(options: GateOptions) {
    const {port, newSecret} = options;
    this.#options = options;
    const names = ['127.0.0.1', 'localhost'];
    // Browsers leave the port of http away.
    this.#hosts = new Set([...names.map((name) => `${name}:${port}`), ...(port === 80 ? names : [])]);
    // The cookies of a machine are the same for all its ports: two inspectors must not take each other's.
    this.#cookieName = `fdl-inspect-${port}`;
    this.#cookie = newSecret();
    this.#token = newSecret();
  }

  /** The address to print first. */
  get url(): string {
    return this.#urlWith(this.#token ?? '');
  }

  judge(asked: Asked): Verdict {
    if (asked.method !== 'GET' && asked.method !== 'HEAD')
      return refusal(405, 'Only GET and HEAD are answered here.\n');
    const [host = ''] = asked.hosts;
    if (asked.hosts.length !== 1 || !this.#hosts.has(host))
      return refusal(421, `This is not the address of the page. ${HOW_TO_COME}`);
    if (asked.origin !== null && asked.origin !== `http://${host}`) return refusal(403, FOREIGN);
    const {path, query} = partsOf(asked.url);
    const token = path === '/' ? query.get('token') : null;
    if (token !== null) return this.#judgeToken(asked, token, query.has(BOUNCED));
    if (isForeign(asked.site)) return refusal(403, FOREIGN);
    return this.#hasCookie(asked.cookie) ? {kind: 'pass', path, query} : refusal(403, HOW_TO_COME);
  }

  /**
   * A page somewhere else may lead here (a terminal in a browser does), if it leads a person and not a request of its own.
   * A token is used up by the first real visit: not by a browser that looks ahead, nor by HEAD. Whoever comes with one that
   * is used up and with the cookie is at home, so that the address can be reloaded and kept. Without the cookie it is
   * another browser, or somebody who has read the address: that shows nothing, but the terminal, which only the user sees,
   * gets a new address.
   */
  #judgeToken({method, site, mode, purpose, cookie}: Asked, token: string, isBounced: boolean): Verdict {
    if (isForeign(site)) return bounced(mode, token, isBounced);
    if (this.#hasCookie(cookie)) return {kind: 'home'};
    if (this.#used.some((it) => isEqual(it, token))) return this.#refuseUsed();
    if (this.#token === null || !isEqual(this.#token, token))
      return refusal(403, `This token is wrong. ${HOW_TO_COME}`);
    if (method === 'HEAD' || purpose?.includes('prefetch') === true)
      return refusal(503, 'The token is for a visit, not for looking ahead.\n');
    this.#used.push(this.#token);
    this.#token = null;
    return {kind: 'enter', cookie: `${this.#cookieName}=${this.#cookie}; HttpOnly; SameSite=Strict; Path=/`};
  }

  #refuseUsed(): Verdict {
    const {linksMax, newSecret, onUsedLink} = this.#options;
    if (this.#token === null && this.#links < linksMax) {
      this.#links++;
      this.#token = newSecret();
      onUsedLink(this.url);
    }
    return refusal(403, USED);
  }

  #hasCookie(header: string | null): boolean {
    const begin = `${this.#cookieName}=`;
    return (header ?? '')
      .split(';')
      .map((it) => it.trim())
      .some((it) => it.startsWith(begin) && isEqual(it.slice(begin.length), this.#cookie));
  }

  #urlWith(token: string): string {
    return `http://127.0.0.1:${this.#options.port}/?token=${token}`;
  }
}

/** Nothing is believed of the token here: it is judged when the browser comes again. */
function bounced(mode: string | null, token: string, isBounced: boolean): Verdict {
  if (mode !== 'navigate' || isBounced || !TOKEN.test(token)) return refusal(403, FOREIGN);
  return {kind: 'bounce', to: `/?token=${token}&${BOUNCED}=1`};
}

function refusal(status: number, text: string): Verdict {
  return {kind: 'refuse', status, text};
}

/** Caused by another site, as the browser says; programs that are no browser say nothing. */
function isForeign(site: string | null): boolean {
  return site !== null && site !== 'same-origin' && site !== 'none';
}

/** Taken apart as text: nothing is decoded or resolved, so a path is one that is known, or none. */
function partsOf(url: string): {readonly path: string; readonly query: URLSearchParams} {
  const at = url.indexOf('?');
  return at < 0
    ? {path: url, query: new URLSearchParams()}
    : {path: url.slice(0, at), query: new URLSearchParams(url.slice(at + 1))};
}

/** Takes the same time wherever two texts begin to differ. */
function isEqual(a: string, b: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}
