import type ivm from 'isolated-vm'
import type { Program } from './guest-program.ts'

/**
 * A module as a script, since isolated-vm gives V8 a code cache only for scripts: for modules it takes one, and leaves it. What the
 * bundler makes is one module without imports whose exports stand together at its end, which is nearly the body of an async
 * function in strict mode: it may await, and its `this` is undefined. What a body cannot be, V8 refuses, and what it could
 * mistake is left alone.
 */
export interface Script {
  text: string
  /** The bundle's first line is the script's second, so that places in stacks are those in the bundle. */
  lineOffset: number
}

/** The name is that of the runtime's one global, which is gone by then. */
const HEAD = '(async function(__hither){"use strict"\n'
const LINE_OFFSET = -1

const CLAUSE = /^export\s*\{([^{}]*)\}\s*;?\s*$/
const EXPORT = /^\s*([\p{ID_Start}$_][\p{ID_Continue}$]*)(?:\s+as\s+([\p{ID_Start}$_][\p{ID_Continue}$]*))?\s*$/u

/** In a script, but in no module, these begin a comment. */
const HTML_COMMENT = /<!--|(?:^|\*\/)\s*-->/m

/** Undefined where it is none that could be one. */
export function scriptOf(bundle: string): Script | undefined {
  const at = bundle.lastIndexOf('export')
  const [, clause] = CLAUSE.exec(bundle.slice(Math.max(0, at))) ?? []
  if (clause === undefined || /[\w$.]/.test(bundle.charAt(at - 1)) || HTML_COMMENT.test(bundle)) return undefined
  const exported: string[] = []
  for (const one of clause.split(',')) {
    const [, local, name = local] = EXPORT.exec(one) ?? []
    if (local === undefined) return undefined
    exported.push(`[${JSON.stringify(name)}]:${local}`)
  }
  const tail = `\n;__hither.bundle={__proto__:null,${exported.join()}};__hither.loaded=true})`
  return { text: HEAD + bundle.slice(0, at) + tail, lineOffset: LINE_OFFSET }
}

/** What adopts it sees the same as of a module. Nothing in it runs before `run`. */
export function scriptProgram(context: ivm.Context, script: ivm.Script): Program {
  const body: ivm.Reference<(entry: unknown) => Promise<void>> = script.runSync(context, { reference: true })
  const entry: ivm.Reference<object> = context.evalSync('({ loaded: false })', { reference: true })
  return {
    entry,
    run: (timeout) =>
      body.applySync(undefined, [entry.derefInto()], { timeout, result: { reference: true } }).release(),
  }
}
