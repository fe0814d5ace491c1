import { writeSync } from 'node:fs'
import { makeSnapshot } from './guest-blank.ts'

/** Writes a snapshot of the runtime to stdout. Run by the parent, outside of any jail: there is no user code in it. */
const bytes = makeSnapshot()
for (let at = 0; at < bytes.length;) at += writeSync(1, bytes, at)
