/**
 * Every number that bounds fdl: its unit is the last word of its name, its reason stands beside it.
 * A number that is not here is either arithmetic or a mistake.
 */

const KIB = 1024;
export const MIB = 1024 * KIB;

// ---- geometry of fdl/1 ------------------------------------------------------------------------------

/** Unit of storage on a server and of assignment. Constant of the protocol: two servers must agree. */
export const FRAGMENT_BYTES = 100 * MIB;
/** Unit of transfer, verification, log and repair: small enough to name a bad range, large enough to be cheap. */
export const BLOCK_BYTES = MIB;
/** 100 TiB a file; keeps every per-fragment table of a client below 64 MiB. */
export const FRAGMENTS_MAX = 1_048_576;

// ---- frames -----------------------------------------------------------------------------------------

export const HEADER_BYTES = 16;
/** A control frame never needs more (1,024 digests are 32 KiB); so a peer can make us hold no more. */
export const CONTROL_BYTES_MAX = 64 * KIB;
/** Nesting of a control message: the deepest real one has 3 levels. */
export const CONTROL_DEPTH_MAX = 8;
/** Digests or have-bits asked for at once: 1,024 digests fit a control frame twice. */
export const PAGE_ITEMS_MAX = 1_024;
/** Bytes of one page of a listing, so that the frame around it stays below CONTROL_BYTES_MAX. */
export const LISTING_BYTES_MAX = 48 * KIB;
/** Blocks of one fetch: 16 MiB is half a second at 32 MB/s and still cheap to cancel. */
export const FETCH_BLOCKS_MAX = 16;
/** Bundles that one client has out at once: each holds a slab, and large files need some as well. */
export const BUNDLES_OUT_MAX = 24;
/** Files of a set that go on at once beside the small ones: the next begins before the last block of one has come. */
export const FILES_AT_ONCE = 2;
/** Files whose place on the disk is looked at by one task of a worker. */
export const FILES_CHECKED_AT_ONCE = 500;
/** Fetches out at once on a connection: the second hides the round trip. */
export const FETCHES_OUT_MAX = 2;
/** Bytes of a file name on the wire, in UTF-8. Leaves room for our suffixes within the 255 of file systems. */
export const NAME_BYTES_MAX = 200;
/** Bytes of a name in a request: longer than any valid one, so that a bad name is answered, not punished. */
export const NAME_WIRE_BYTES_MAX = KIB;
/** Blocks of one fragment: their digests are one reply. `fdl/1` itself has 100. */
export const FRAGMENT_BLOCKS_MAX = PAGE_ITEMS_MAX;
/** Bytes of a message for people inside an error frame. */
export const TEXT_BYTES_MAX = 1_000;
/** Features in a hello or welcome. */
export const FEATURES_MAX = 32;
/** Bytes of one feature's name. */
export const FEATURE_BYTES_MAX = 64;
/** Bytes of credentials in a hello: a signed token fits, a file does not. */
export const CREDENTIALS_BYTES_MAX = 4 * KIB;
/** Files of one bundle: with names of NAME_BYTES_MAX bytes they fit a control frame. Their bytes fit one block. */
export const BUNDLE_FILES_MAX = 256;
/** First memory of a control frame being received; it grows with what arrives, not with what was announced. */
export const CONTROL_BYTES_FIRST = 512;

// ---- client: memory and concurrency -----------------------------------------------------------------

/** Slabs of one block each: two for each active connection. Bounds the memory of a download at 64 MiB. */
export const SLABS = 64;
/** Connections with requests out at once. More sockets than this cost more than they bring. */
export const ACTIVE_MAX = 32;
/** Sockets being opened at once: a list of thousands of servers must not open thousands at once. */
export const DIALS_MAX = 16;
/** What a paused socket may still deliver; node has asked for this memory before we paused. */
export const PARKING_BYTES = 64 * KIB;
/** Payload that nobody wants any more is read in pieces of this and forgotten. */
export const TRASH_BYTES = 64 * KIB;
/** Full blocks waiting for the workers before reading pauses. */
export const STORE_WAITING_MAX = 8;
/** A connection that has brought so much brings content: greeting, version and digests of a fragment are a few KiB. */
export const FLOWING_BYTES = 64 * KIB;
/** Worker threads: hashing and writing reach memory speed with four. */
export const WORKERS_MAX = 4;
/** Tasks one worker holds at once: the next one is there when the last ends (one halves the hash rate). */
export const TASKS_PER_WORKER = 2;
/** Connections to one server unless told otherwise; further ones only where they pay. */
export const CONNECTIONS_DEFAULT = 4;
/** More sockets to one server than this is an attack rather than a download. */
export const CONNECTIONS_MAX = 16;
/** Servers of one list: far beyond any fleet, and a bound for what a wrong file can make us hold. */
export const SERVERS_MAX = 10_000;

// ---- client: deadlines ------------------------------------------------------------------------------

export const CONNECT_TIMEOUT_MS = 5_000;
/** One address family is tried this long before the other; node's default of 250 ms fails far hosts. */
export const FAMILY_ATTEMPT_TIMEOUT_MS = 2_000;
/** From connected to welcome: a healthy server answers in one round trip. */
export const WELCOME_TIMEOUT_MS = 5_000;
/** From a request to the first byte of its answer; a server may have to wake a disk. */
export const ANSWER_TIMEOUT_MS = 15_000;
/** Silence on a transfer (while we read) before the socket is closed and dialled anew. */
export const STALL_TIMEOUT_MS = 15_000;
/** Silence on a transfer before others may take over its blocks. */
export const SUSPECT_AFTER_MS = 2_000;
/** An idle connection says it is alive this often: well inside the server's SESSION_IDLE_TIMEOUT_MS. */
export const PING_INTERVAL_MS = 15_000;
/** A connection rests so long between two files of a set: well inside the server's SESSION_IDLE_TIMEOUT_MS. */
export const LINK_REST_MS = 30_000;
/** Rates and stalls are judged this often. */
export const TICK_MS = 250;
/** A tick later than this means that we slept: every clock starts anew. */
export const TICK_LATE_MS = 500;
/** Agreement: servers have this long after the first manifest to name theirs. */
export const AGREEMENT_MS = 1_000;
/** One task of a worker; the slowest one hashes a whole file, see FILE_TASK_TIMEOUT_MS. */
export const TASK_TIMEOUT_MS = 120_000;
/** A worker's first answer: modules load within a second even on a loaded machine. */
export const WORKER_START_TIMEOUT_MS = 30_000;
/** Ending the threads: tasks under way may take this long, then they are cut. */
export const WORKERS_CLOSE_TIMEOUT_MS = 5_000;
/** Tasks waiting for a thread; callers bound their own far lower, so more is a mistake and fails. */
export const TASKS_QUEUED_MAX = 4_096;
/** Hashing a whole file must at least move this fast; a deadline is made of it and the file's size. */
export const FILE_TASK_BYTES_PER_SECOND_MIN = 1_000_000;

// ---- client: policy ---------------------------------------------------------------------------------

/** Length of one fetch in time: long against a round trip, short against a change of rate. */
export const FETCH_TARGET_MS = 500;
/** Below this rate one block at a time, so that little is lost with a slow server. */
export const SLOW_BYTES_PER_SECOND = 2_000_000;
/** Half-life of a measured rate. */
export const RATE_HALF_LIFE_MS = 1_000;
/** A connection of which nothing is known, where nothing is known of any other either. */
export const RATE_UNKNOWN_BYTES_PER_SECOND = 5_000_000;
/** An untried server is expected to be at least this fast: who is slower than half of it makes room for one. */
export const RATE_UNTRIED_MIN_BYTES_PER_SECOND = 500_000;
/** A stolen tail must save at least this (or two round trips). */
export const STEAL_SAVING_MS = 250;
/** A second copy of a block must come at least this much, and at least twice, earlier. */
export const HEDGE_SAVING_MS = 500;
/** Budget of second copies: the largest of this share of the file, two blocks a connection, 32 blocks. */
export const HEDGE_SHARE = 0.01;
export const HEDGE_BLOCKS_PER_CONNECTION = 2;
export const HEDGE_BLOCKS_MIN = 32;
/** A further connection to a server is watched this long before it is judged. */
export const GROWTH_WATCH_MS = 2_000;
/** It stays when it raised that server's rate by this factor. */
export const GROWTH_GAIN = 1.15;
/** Less than this to the end: a trial would cost more than it brings. */
export const GROWTH_REMAINING_MS = 6_000;
/** A server on standby takes the place of one that is this many times slower than it is expected to be ... */
export const STANDBY_FASTER = 2;
/** ... after that one was watched this long: past the slow start of TCP on a path of 100 ms. */
export const STANDBY_WATCH_MS = 1_000;
/** One that was put on standby for being slow is taken for as slow for this long, doubling with each such turn ... */
export const STANDBY_REST_MS = 2_000;
/** ... up to this; then for as fast as it ever was: a freeze passes, and a fast server must come back. */
export const STANDBY_REST_MAX_MS = 60_000;
/** Fragments whose block digests are asked for ahead of need. */
export const DIGESTS_AHEAD = 2;
/** What a server may name as its busy time is believed within these bounds. */
export const BUSY_MIN_MS = 100;
export const BUSY_MAX_MS = 60_000;
/** Jitter added to a busy time, so that clients do not return together: at most this part of it. Servers name different times. */
export const BUSY_JITTER_PART = 1 / 8;
export const BUSY_JITTER_MAX_MS = 2_000;
/** While every server is busy, say so this often. */
export const WAITING_NOTICE_MS = 30_000;
/** Retries of a server that never answered, before the first block: quick, then given up. */
export const FIRST_RETRIES_MS = [500, 2_000] as const;
/** Redialling a server lost in the middle: full jitter between these. */
export const REDIAL_MIN_MS = 250;
export const REDIAL_MAX_MS = 15_000;
/** After a goodbye the server comes back soon: it is being restarted. */
export const GOODBYE_REDIAL_MS = 1_000;
/** Ends a download that received no block for so long. */
export const GIVE_UP_AFTER_MS = 300_000;
/** A server that is still indexing the file is asked again after this. */
export const INDEXING_RETRY_MS = 1_000;

// ---- client: looking at a fleet ---------------------------------------------------------------------

/** Questions out at once on a connection of `list` and `check`: they hide the round trip, and a session holds twice as many. */
export const QUESTIONS_OUT_MAX = 32;
/** Random blocks of a file that `check` fetches from each server: enough for a rate, little against a download. */
export const CHECK_BLOCKS_DEFAULT = 8;
export const CHECK_BLOCKS_MAX = 100_000;
/** They may take this long a server, whatever they are ... */
export const CHECK_SAMPLE_MS = 5_000;
/** ... and where somebody asks for many, this long each: 1 MB/s. */
export const CHECK_BLOCK_MS = 1_000;
/** Round trips of which the quickest is the latency. */
export const CHECK_PINGS = 3;
/** A server is called slow when the quickest one is so many times faster ... */
export const CHECK_FASTER = 8;
/** ... and its rate is below this: more is no trouble in any fleet. */
export const CHECK_SLOW_BYTES_PER_SECOND = 5_000_000;
/** Names offered in place of one that no server has. */
export const SIMILAR_NAMES_MAX = 3;
/** Asking for them may delay an error by this much. */
export const SIMILAR_NAMES_TIMEOUT_MS = 5_000;

// ---- client: disk -----------------------------------------------------------------------------------

/** Blocks stored since the last sync are synced this often ... */
export const SYNC_INTERVAL_MS = 2_000;
/** ... or after this many bytes: what a power cut may cost. */
export const SYNC_BYTES = 256 * MIB;
/** A log longer than this is rewritten without its history when it is opened. */
export const LOG_COMPACT_BYTES = 16 * MIB;
/** A record of the log: the largest holds the digests of one fragment, or one page of fragment digests. */
export const LOG_RECORD_BYTES_MAX = CONTROL_BYTES_MAX;
/** The lock is touched this often ... */
export const LOCK_TOUCH_MS = 2_000;
/** ... and is stale when it was not touched for so long, by the file system's own clock. */
export const LOCK_STALE_MS = 15_000;
/** A lock names host and process in a few words; more is not ours. */
export const LOCK_BYTES_MAX = 1_024;
/** Stored blocks go to the log in batches this far apart ... */
export const LOG_BATCH_MS = 50;
/** ... or of this many bytes: kill -9 costs what one batch holds. */
export const LOG_BATCH_BYTES = 2 * MIB;
/** Block digests of one file kept in memory: 1 TiB of file. Beyond, they are asked for again. */
export const SHELF_BYTES_MAX = 32 * MIB;
/** Unfinished versions of one output that are looked at; further ones are only removed at the end. */
export const LEFTOVERS_MAX = 8;
/** Blocks of earlier runs hashed or copied at once while no received ones are at the workers: all threads are busy. */
export const CHECKS_MAX = WORKERS_MAX * TASKS_PER_WORKER;
/** What is read of a log at once. */
export const LOG_READ_BYTES = 256 * KIB;
/** A full disk is tried again after this, doubling ... */
export const DISK_RETRY_MIN_MS = 250;
/** ... up to this. */
export const DISK_RETRY_MAX_MS = 10_000;
/** While a whole file is hashed, it is told how far that is this often. */
export const HASHING_NEWS_MS = 250;
/** Closing waits this long for writes under way; a disk that hangs must not keep the process. */
export const STORE_CLOSE_TIMEOUT_MS = 10_000;

// ---- local files ------------------------------------------------------------------------------------

/** A saved manifest as text; its block digests (43 bytes each) are left out where they would make it longer: 4 TiB. */
export const MANIFEST_BYTES_MAX = 256 * MIB;
/** Runs of wrong blocks that a result lists; further ones are only counted. */
export const WRONG_RUNS_MAX = 10_000;
/** Entries of a folder that are looked at for unfinished downloads; a bound for the memory of a listing. */
export const FOLDER_ENTRIES_MAX = 1_000_000;

// ---- server -----------------------------------------------------------------------------------------

export const MAX_TRANSFERS_DEFAULT = 32;
/** Highest TCP port. */
export const PORT_MAX = 65_535;
/** Each transfer holds SESSION_BUFFERS blocks: 2 GiB of memory at the most. */
export const MAX_TRANSFERS_MAX = 1_024;
/** Blocks a session holds in memory: one is read while the other drains. */
export const SESSION_BUFFERS = 2;
/** Sockets a server holds at once; further ones are refused at accept. */
export const SESSIONS_MAX = 16_000;
export const HELLO_TIMEOUT_MS = 5_000;
export const SESSION_IDLE_TIMEOUT_MS = 60_000;
/** One block must have left within this time: a reader that does not read is closed. */
export const BLOCK_WRITE_TIMEOUT_MS = 90_000;
/** A slot is free again when its connection fetched nothing for so long. */
export const SLOT_IDLE_MS = 500;
/** A slot's turn while others wait: this or one fragment, whichever is later. */
export const SLOT_TURN_MS = 2_000;
/** Draining: what is under way may end within this. */
export const DRAIN_TIMEOUT_MS = 15_000;
/** After a goodbye, how long the client may take to close. */
export const GOODBYE_TIMEOUT_MS = 5_000;
/** Requests waiting in one session: two fetches, digests ahead and a ping, with room. */
export const REQUESTS_WAITING_MAX = 64;
/** The folder is looked at this often. */
export const SCAN_INTERVAL_MS = 2_000;
/** And rests for so many times as long as a look took: thousands of files may cost a twentieth of a core, and no more. */
export const SCAN_REST_FACTOR = 20;
/** The longest rest: a look that took long because the process or the disk was stopped says nothing of the next. */
export const SCAN_REST_MAX_MS = 60_000;
/** A file is indexed when size and time have not changed for so long: it is no longer being copied. */
export const SETTLE_MS = 2_000;
/** Files of a served folder; a bound for the catalogue's memory. */
export const FILES_MAX = 100_000;
/** Depth of folders below the served one. */
export const FOLDER_DEPTH_MAX = 32;
/** Open fragment files of one session. */
export const SESSION_FILES_MAX = 4;
/** Files of a bundle that are read at once: enough to hide the latency of a disk, few beside other sessions. */
export const BUNDLE_READS_MAX = 8;
/** Files being indexed at once: small ones overlap their syncs, a large one fills the workers by itself. */
export const INDEXING_AT_ONCE = 4;
/** A file that could not be indexed (no room, no permission) is tried again after this. */
export const INDEX_RETRY_MS = 30_000;
/** An index.json: the digests and stamps of FRAGMENTS_MAX fragments, with room. */
export const INDEX_BYTES_MAX = 256 * MIB;
/** A file that another server of the same folder is indexing is looked at again after this. */
export const CLAIM_RETRY_MS = 500;
/** A temporary folder that nobody touched for so long belongs to no living server. */
export const TEMP_STALE_MS = 60_000;
/** A report of a bad block makes us hash a fragment: at most once in this time for each fragment ... */
export const REPORT_INTERVAL_MS = 10_000;
/** ... and with at most this many waiting, so that reports cannot be used to keep us busy. */
export const REPORTS_WAITING_MAX = 16;
/**
 * A first refusal names at most this time, each further one at most twice as much: how long those who transfer will stay
 * is a guess at first, and an idle slot costs more than a question.
 */
export const BUSY_FIRST_MAX_MS = 250;
/** A free slot is kept so long for one who was overtaken often: until it is due, and after. */
export const SLOT_RETURN_GRACE_MS = 250;
/** A failure of accepting connections is told at most this often. */
export const ACCEPT_NOTICE_MS = 10_000;
/** Pieces of a limited rate: this share of a second each, so that a slow server looks like a slow link ... */
export const RATE_PIECE_MS = 20;
/** ... within these bounds. */
export const RATE_PIECE_BYTES_MIN = KIB;
export const RATE_PIECE_BYTES_MAX = 64 * KIB;

// ---- metrics and health -----------------------------------------------------------------------------

/** Connections for those who watch: a few scrapers and a probe; further ones are refused at accept. */
export const STATUS_CONNECTIONS_MAX = 16;
/** Headers of such a request: what a browser sends fits twice. */
export const STATUS_HEADER_BYTES_MAX = 8 * KIB;
/** Such a request, its answer and every silence between must end within this. */
export const STATUS_TIMEOUT_MS = 5_000;
/** The event loop is looked at this often while somebody may ask for its lag. */
export const LAG_RESOLUTION_MS = 20;

// ---- terminal ---------------------------------------------------------------------------------------

/** Redraws at most ten times a second. */
export const REDRAW_MS = 100;
/** Half-life of the rate that the time left is reckoned from: a guess that jumps is no help. */
export const REMAINING_HALF_LIFE_MS = 5_000;
/** When stderr is no terminal, plain lines are this far apart at first ... */
export const PLAIN_LINE_MS = 5_000;
/** ... later a tenth of the time taken so far, up to this: a log of hours stays short ... */
export const PLAIN_LINE_MS_MAX = 60_000;
/** ... and never closer than this, however fast the tenths of a file go by. */
export const PLAIN_LINE_MS_MIN = 1_000;
/** Characters of a peer's text shown to people. */
export const REMOTE_TEXT_MAX = 200;
/** Characters of one of our own messages, quotes of others included: a list of differing servers fits. */
export const MESSAGE_TEXT_MAX = 4_000;
/** Lines of the progress view: more servers than fit are counted in its last line. */
export const VIEW_LINES_MAX = 20;
/** Notices kept while the view of a terminal is still being loaded: a tenth of a second. */
export const NOTICES_WAITING_MAX = 100;

/** Rows of `list` on a terminal: a folder of thousands of files is shown as folders. */
export const LIST_ROWS_MAX = 200;
/** Fragments, servers or versions that one line names; more are counted. */
export const NAMED_MAX = 8;

// ---- command line -----------------------------------------------------------------------------------

/** A list of SERVERS_MAX long lines with comments is smaller; anything larger is another kind of file. */
export const SERVERS_FILE_BYTES_MAX = 4 * MIB;
/** A list of SHA-256 of FILES_MAX files with long names is smaller. */
export const SUMS_FILE_BYTES_MAX = 32 * MIB;
/** A list of FILES_MAX long names is smaller; anything larger is another kind of file. */
export const FILE_LIST_BYTES_MAX = 32 * MIB;
/** A limited rate below this cannot move one block within the deadlines of the protocol. */
export const RATE_BYTES_PER_SECOND_MIN = 1_000;
/** Longest time a flag may name: timers of Node hold 31 bits of milliseconds. */
export const DURATION_MAX_MS = 24 * 24 * 3_600 * 1_000;
/** On a terminal somebody can make room: a full disk is waited for so long. */
export const DISK_WAIT_TERMINAL_MS = 300_000;

// ---- trace ------------------------------------------------------------------------------------------

/** A line of a trace: the largest are pages of TRACE_RUNS_MAX runs; more is no trace of ours. */
export const TRACE_LINE_BYTES_MAX = 64 * KIB;
/** Runs of blocks in one row. */
export const TRACE_RUNS_MAX = 500;
/** What is written of a trace at once ... */
export const TRACE_BATCH_BYTES = 64 * KIB;
/** ... or after this time: what a kill may cost. */
export const TRACE_FLUSH_MS = 500;
/** Rows that wait for a slow disk; further ones are dropped and counted. */
export const TRACE_WAITING_BYTES_MAX = 8 * MIB;
/** Ending waits this long for the last rows to be written; a disk that hangs must not keep the process. */
export const TRACE_CLOSE_TIMEOUT_MS = 5_000;
/** Characters of one text in a trace: reasons and messages, which may quote others. */
export const TRACE_TEXT_MAX = 1_000;
/** Entries of an actor's context in one row: what a person takes in at a glance. */
export const TRACE_CONTEXT_ENTRIES_MAX = 24;
/** Characters of a text in a context; longer ones are cut. A digest is shown whole. */
export const TRACE_CONTEXT_TEXT_MAX = 80;
/** Numbers or words of a list that are told one by one; of a longer one its length is told. */
export const TRACE_CONTEXT_LIST_MAX = 8;
/** Names, patterns and folders that were asked for: the first row of a set has so many of them. */
export const TRACE_WORDS_MAX = 50;
/** Files of a set that a report names because they took longest. */
export const REPORT_FILES_MAX = 5;
/** A server tells its load this often. */
export const TRACE_LOAD_MS = 1_000;

// ---- inspector --------------------------------------------------------------------------------------

/** Connections of browsers: six a tab, for a few tabs; further ones are refused at accept. */
export const INSPECT_CONNECTIONS_MAX = 32;
/** Pages that look on at once. Each costs what its socket holds, and one piece of text. */
export const INSPECT_CLIENTS_MAX = 8;
/** Headers of a request: cookies of everything else on 127.0.0.1 come along. */
export const INSPECT_HEADER_BYTES_MAX = 16 * KIB;
/** A request must have come whole within this, and its connection may then wait as long for the next one. */
export const INSPECT_REQUEST_TIMEOUT_MS = 5_000;
/** An answer of which nothing could be sent for so long is given up; a page that was frozen asks again. */
export const INSPECT_STALL_TIMEOUT_MS = 30_000;
/** A page is sent what is new at most twenty times a second ... */
export const INSPECT_FLUSH_MS = 50;
/** ... and so much at once. */
export const INSPECT_FLUSH_BYTES_MAX = 256 * KIB;
/** A stream on which nothing happens says so this often: tunnels forget silent ones. */
export const INSPECT_BEAT_MS = 15_000;
/** The end of a process waits so long for pages to take the last rows: a browser that hangs must not keep it. */
export const INSPECT_END_TIMEOUT_MS = 1_000;
/** Rows kept for pages that are opened later: those of some 40 GiB as they were; older ones are condensed. */
export const INSPECT_HISTORY_BYTES_MAX = 16 * MIB;
/** Piece of that history, condensed as a whole. */
export const INSPECT_CHUNK_BYTES = 64 * KIB;
/** Of rows that could come without end, what is condensed keeps so many of each kind. */
export const CONDENSED_NEWEST_MAX = 64;
/** Ticks in a condensed piece. */
export const CONDENSED_TICKS_MAX = 16;
/** Addresses told after the first, when one that was used up is asked for again. */
export const INSPECT_LINKS_MAX = 8;
/** Files of the page: a build has some dozen. */
export const INSPECT_PAGE_FILES_MAX = 500;

/** Processes of one server behind one port: more than cores of machines of today bring nothing. */
export const PROCESSES_MAX = 64;
/** A process of a server that is lost is replaced after so long. */
export const PROCESS_RESTART_MS = 1_000;
