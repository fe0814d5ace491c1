import { readFileSync } from 'node:fs'
import type { Plugin } from 'esbuild'

/** A place in a library, of the one version that is installed, where it differs from its standard. */
interface Mend {
  file: RegExp
  /** Pairs of what is there and what is to be there. */
  changes: [from: string, to: string][]
}

const MENDS: Mend[] = [
  {
    file: /undici[\\/]lib[\\/]web[\\/]fetch[\\/]util\.js$/,
    changes: [
      // The result of `read` is an object, and a promise asks each for `then`, which user code may put on `Object.prototype`.
      [
        'const { done, value: chunk } = await reader.read()',
        'const { done, value: chunk } = await readPlainly(reader)',
      ],
      ['const bytes = []\n    let byteLength = 0', 'const bytes = [], own = readsAll(reader)\n    let byteLength = 0'],
      [
        'successSteps(Buffer.concat(bytes, byteLength))',
        'const whole = Buffer.concat(bytes, byteLength)\n        if (own) giveBackAll(bytes)\n        successSteps(whole)',
      ],
    ],
  },
  {
    file: /undici[\\/]lib[\\/]web[\\/]fetch[\\/]body\.js$/,
    changes: [
      // What was read is nobody else's, and needs no copy.
      ['return new Uint8Array(bytes).buffer', 'return bytes.buffer'],
      ['return new Uint8Array(bytes)\n', 'return new Uint8Array(bytes.buffer)\n'],
      // The stream of what is here whole is made when it is asked for: most bodies are sent without.
      ['let stream = null', 'let stream = null, make = null'],
      [
        'stream = new ReadableStream({\n      start () {},',
        'make = () => stream = new ReadableStream({\n      start () {},',
      ],
      ['assert(webidl.is.ReadableStream(stream))', 'assert(make !== null || webidl.is.ReadableStream(stream))'],
      ["length = typeof source === 'string' ? Buffer.byteLength(source) : source.length", 'length = source.length'],
      [
        'const body = { stream, source, length }',
        `const measure = () => typeof source === 'string' ? Buffer.byteLength(source) : length
         const body = stream === null ? new LazyBody(make, source, measure) : { stream, source, length }`,
      ],
      ['return body != null && (body.stream', 'return body != null && !LazyBody.isUntouched(body) && (body.stream'],
    ],
  },
  {
    file: /undici[\\/]lib[\\/]web[\\/]fetch[\\/]response\.js$/,
    changes: [
      // A text is encoded where it is sent, and not twice. JSON has no lone surrogates.
      [
        'const bytes = textEncoder.encode(\n      serializeJavascriptValueToJSONString(data)\n    )',
        'const bytes = serializeJavascriptValueToJSONString(data)',
      ],
      ["const textEncoder = new TextEncoder('utf-8')\n", ''],
    ],
  },
  {
    file: /web-streams-polyfill[\\/]dist[\\/]ponyfill\.mjs$/,
    changes: [
      // A pipe writes what it has waited for in a turn of its own, not while the source enqueues it.
      [
        '_chunkSteps(t){this._state._currentWrite=f(Yt(this._state._writer,t),void 0,e),this._resolvePromise(!1)}',
        '_chunkSteps(t){this._state._currentWrite=f(f(c(void 0),()=>Yt(this._state._writer,t)),void 0,e),this._resolvePromise(!1)}',
      ],
      // Iterators of streams inherit from the language's, with all that programs have put there.
      [
        'const ge={next(){',
        'const ge={__proto__:Object.getPrototypeOf(Object.getPrototypeOf(async function*(){}).prototype),next(){',
      ],
      [',[_e](){return this}};function ve', '};function ve'],
      ['Object.defineProperty(ge,_e,{enumerable:!1});', ''],
    ],
  },
  {
    file: /urlpattern-polyfill[\\/]dist[\\/]urlpattern\.js$/,
    changes: [
      // Names are made of characters, of which some are two units long.
      ['let i=e.substr(s,1);', 'let i=String.fromCodePoint(e.codePointAt(s));'],
      ['f+=e[s++];continue}break}if(!f)', 'f+=i;s+=i.length;continue}break}if(!f)'],
      // Groups are regular expressions with sets.
      ['e.ignoreCase?"ui":"u"', 'e.ignoreCase?"vi":"v"'],
      // Host names and ports end where those of URLs do, and line breaks and tabs in them do not count.
      [String.raw`/[\t\n\r #%/:<>?@[\]^\\|]/g.test(e)`, String.raw`/[ %:<>@[\]^|]/g.test(e)`],
      [
        'if(e===""||/^[0-9]*$/.test(e)&&parseInt(e)<=65535)return e;',
        String.raw`if(e==="")return e;let t=/^[0-9]+/.exec(e.replace(/[\t\n\r]/g,""));if(t&&t[0]<=65535)return t[0];`,
      ],
      ['return z(t)===e&&(e=""),r||e===""?e:G(e)', 'if(r)return z(t)===e?"":e;e=G(e);return z(t)===e?"":e'],
    ],
  },
]

/** Changes what libraries get wrong. Fails where a text to be changed is not there, as after an update. */
export const mends: Plugin = {
  name: 'mends',
  setup(bundle) {
    for (const { file, changes } of MENDS) {
      bundle.onLoad({ filter: file, namespace: 'file' }, ({ path }) => ({
        contents: mended(path, changes),
        loader: 'js',
      }))
    }
  },
}

function mended(path: string, changes: Mend['changes']): string {
  let source = readFileSync(path, 'utf8')
  for (const [from, to] of changes) {
    if (source.split(from).length !== 2)
      throw new Error(`${path} is another than is mended here: "${from}" is not there once`)
    source = source.replace(from, () => to)
  }
  return source
}
