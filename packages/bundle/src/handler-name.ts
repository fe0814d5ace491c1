import { HitherError } from '@hither/core'
import { basename, dirname, extname } from 'node:path'
import { NAME_MAX_CHARS } from './limits.ts'

/** Files and folders whose names say nothing about what is in them. */
const NONDESCRIPT = new Set(['index', 'handler', 'src'])

/** A name for a handler that asks for none: its file's, or its folder's where the file is just `index` or `handler`. */
export function nameFor(entry: string): string {
  let word = basename(entry, extname(entry))
  for (let dir = dirname(entry); NONDESCRIPT.has(word) && dir !== dirname(dir); dir = dirname(dir)) word = basename(dir)
  // An accent may go; without a whole letter of another script a word would be another.
  const plain = word.normalize('NFKD').replaceAll(/\p{M}/gu, '')
  const name = /[^\0-\x7f]/.test(plain) ? '' : slug(plain)
  if (name === '') {
    throw new HitherError('bad-config', `no name can be made of ${entry}`, {
      why: 'a name is made of small letters, digits and hyphens',
      fix: 'name it by --name, or put { "name": "…" } into an fn.json beside the handler',
    })
  }
  return name
}

function slug(word: string): string {
  const hyphened = word
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replace(/^-+/, '')
  return hyphened.slice(0, NAME_MAX_CHARS).replace(/-+$/, '')
}
