/** How much of a long test is done: all of it, or in its second run on another version of Node a part. */

const IS_SHORT = process.env['FDL_CAMPAIGNS'] === 'short';

/** The amount for this run; FDL_CAMPAIGNS=short asks for the smaller one. */
export function amount(whole: number, short: number): number {
  return IS_SHORT ? short : whole;
}
