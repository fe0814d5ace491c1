import type ivm from 'isolated-vm'
import type { Program } from './guest-program.ts'

/**
 * A module as a script, since isolated-vm gives V8 a code cache only for scripts: for modules it takes one, and leaves it. What the
 * bundler makes is one module without imports whose exports stand together at its end, which is nearly the body of an async
 * function in strict mode: it may await, and its `this` is undefined. What a body cannot be, V8 refuses, and what it could
 * mistake is left alone. Some that are no modules are scripts all the same, which run within the same limits. A body has `arguments`,
 * of which the one lets a bundle claim itself what is asked of it anyway.
 */
export interface Script {
  text: string
  /** The bundle's first line is the script's second, so that places in stacks are those in the bundle. */
  lineOffset: number
}

/** What comes before the bundle has a line of its own. */
const LINE_OFFSET = -1

const CLAUSE = /^export\s*\{([^{}]*)\}[\s;]*$/
const EXPORT = /^\s*([\p{ID_Start}$_][\p{ID_Continue}$]*)(?:\s+as\s+([\p{ID_Start}$_][\p{ID_Continue}$]*))?\s*$/u

/** In a script, but in no module, these begin a comment. */
const HTML_COMMENT = /<!--|(?:^|\*\/)[^\S\n\r\u2028\u2029]*-->/m

/** Undefined where it is none that could be one. */
export function scriptOf(bundle: string): Script | undefined {
  const at = bundle.lastIndexOf('export')
  const [, clause] = CLAUSE.exec(bundle.slice(Math.max(0, at))) ?? []
  if (clause === undefined || /[\w$.]/.test(bundle.charAt(at - 1)) || HTML_COMMENT.test(bundle)) return undefined
  const getters: string[] = []
  for (const one of clause.split(',')) {
    const [, local, name = local] = EXPORT.exec(one) ?? []
    if (local === undefined) return undefined
    // A module's exports are its variables, whatever becomes of them.
    getters.push(`get ${JSON.stringify(name)}(){return ${local}}`)
  }
  const entry = nameOutside(bundle)
  const head = `(async function(${entry}){"use strict";\n`
  const tail = `\n;${entry}.bundle={__proto__:null,${getters.join()}};${entry}.loaded=true})`
  return { text: head + bundle.slice(0, at) + tail, lineOffset: LINE_OFFSET }
}

/** One that the bundle does not know, and so cannot have for something else. */
function nameOutside(bundle: string): string {
  let name = '__hither'
  while (bundle.includes(name)) name += '_'
  return name
}

/** What adopts it sees the same as of a module. Nothing of it runs before `run`, not even where its text ends the body early. */
export function scriptProgram(context: ivm.Context, script: ivm.Script): Program {
  const entry: ivm.Reference<object> = context.evalSync('({ loaded: false })', { reference: true })
  return {
    entry,
    run(timeout) {
      const body: ivm.Reference<(entry: unknown) => unknown> = script.runSync(context, { timeout, reference: true })
      body.applySync(undefined, [entry.derefInto()], { timeout, result: { reference: true } }).release()
    },
  }
}
