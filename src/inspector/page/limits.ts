/** Every number of the page with its unit and its reason. */

const KIB = 1_024;
const MIB = 1_024 * KIB;

/** A piece of the trace that is kept together: large enough that few are needed, small enough to be searched at once. */
export const CHUNK_BYTES = MIB;
/** Lines that are parsed at once: so few that what is made of them dies young, which is a fifth quicker than a megabyte. */
export const PARSE_BYTES = 64 * KIB;
/** Rows between two states that are kept whole. So many are read again in about 50 ms, to find a moment between them. */
export const KEYFRAME_ROWS = 8_192;
/** Of a recorded trace: more would not fit into the memory of a tab. */
export const TRACE_BYTES_MAX = 1_024 * MIB;
/** Of a live one: beyond it the history is asked for anew, which the process has shortened meanwhile. */
export const LIVE_BYTES_MAX = 256 * MIB;
/** Kinds of rows that are told apart: their numbers are one byte. */
export const KINDS_MAX = 255;
/** Rows that are wrong, in words: so many are told one by one. */
export const PROBLEMS_TOLD = 3;
/** What is new is shown this often: an eighth of a second is calm and still alive. */
export const NEWS_MS = 125;
/** ... but while a recorded trace is read, less often: reading is what is waited for. */
export const LOADING_NEWS_MS = 500;
/** ... and when somebody moves the scrubber, more often: it should feel as if it were held. */
export const ASKED_NEWS_MS = 40;
/** A piece that one worker fetches and gives to the one that parses: it takes about 20 ms, and meanwhile nothing else is heard. */
export const READ_BYTES = MIB;
/** So many may be under way between them: what arrives while a state is drawn is not waited for. */
export const READ_AHEAD_PIECES = 16;
/** Rows looked at before the worker listens again: about 10 ms. */
export const SEARCH_ROWS = 100_000;
/** Bytes searched for a text before the worker listens again. */
export const SEARCH_BYTES = 4 * MIB;
/** Rows in one answer: more than any window shows. */
export const EVENTS_MAX = 500;
/** A search works so long, in milliseconds, before the worker listens again. */
export const SLICE_MS = 25;
