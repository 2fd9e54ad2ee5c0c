/**
 * A part of a table or grid that is none of HTML's: rows that are cards on a phone, and cells that are drawn on a canvas.
 * Its role is told all the same.
 */

import type {ComponentProps} from 'preact';

interface PartProps extends ComponentProps<'div'> {
  readonly role: 'table' | 'rowgroup' | 'row' | 'columnheader' | 'cell' | 'grid' | 'gridcell' | 'group';
}

export function Part({role, ...rest}: PartProps) {
  return <div role={role} {...rest} />;
}
