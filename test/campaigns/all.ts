/** All campaigns, in the order in which they are listed. */

import type {Campaign} from './campaign.js';

export const CAMPAIGNS: readonly Campaign[] = [];
