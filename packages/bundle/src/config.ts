import {
  checkName,
  cronText,
  CRONS_MAX,
  EFFECTS,
  FLAGS,
  HitherError,
  hostPattern,
  NEEDS,
  readLimits,
  SECRET_KEY_PATTERN,
  SECRET_KEYS_MAX,
  Shape,
  toHitherError,
  type Effects,
  type Flag,
  type Limits,
  type Manifest,
  type Need,
} from '@hither/core'
import type { ConfigFile } from './config-file.ts'
import { COMPAT_DEFAULT, EGRESS_MAX_HOSTS } from './limits.ts'

/** What a handler says about itself in `fn.json` or in the `hither` key of its package.json; all of it may be left out. */
export interface HandlerConfig extends Pick<
  Manifest,
  'limits' | 'egress' | 'effects' | 'needs' | 'flags' | 'env' | 'secrets' | 'compat' | 'crons'
> {
  name?: string
  /** The handler's file, seen from the configuration's folder. */
  entry?: string
}

const DAY_MS = 86_400_000

const FIELDS = ['name', 'entry', 'effects', 'limits', 'egress', 'needs', 'flags', 'env', 'secrets', 'compat', 'crons']

/** Checks a configuration and fills in what it leaves out. Throws `bad-config`, naming file and field. */
export function readConfig(file: ConfigFile | undefined): HandlerConfig {
  const where = file?.where ?? 'the configuration'
  const shape = new Shape(file === undefined ? {} : file.value, where, 'bad-config').only(...FIELDS)
  return {
    ...(shape.has('name') && { name: readName(shape) }),
    ...(shape.has('entry') && { entry: shape.string('entry') }),
    effects: shape.has('effects') ? shape.oneOf<Effects>('effects', EFFECTS) : 'undeclared',
    limits: readOwnLimits(shape.raw('limits'), where),
    egress: shape.has('egress') ? readEgress(shape) : [],
    needs: shape.has('needs') ? readListed<Need>(shape, 'needs', NEEDS) : [],
    ...readFlags(shape),
    env: shape.has('env') ? readEnv(shape) : {},
    ...readSecrets(shape),
    ...readCrons(shape),
    compat: shape.has('compat') ? readDate(shape) : COMPAT_DEFAULT,
  }
}

function readName(shape: Shape): string {
  const name = shape.string('name')
  try {
    return checkName(name)
  } catch (cause) {
    throw shape.refuse(`"name": ${toHitherError(cause).why}`)
  }
}

function readOwnLimits(value: unknown, where: string): Limits {
  try {
    return readLimits(value, 'bad-config')
  } catch (cause) {
    throw new HitherError('bad-config', `${where} cannot be read`, {
      why: `in "limits", ${toHitherError(cause).why}`,
      cause,
    })
  }
}

/** Sets have one order, so that how a list was typed does not change the CID. */
function readEgress(shape: Shape): string[] {
  const listed = shape.strings('egress', EGRESS_MAX_HOSTS)
  const hosts = listed.map((text) => {
    const host = hostPattern(text)
    if (host !== undefined) return host
    throw shape.refuse(
      `"egress" lists "${text}", but wants hosts such as api.example.com, *.example.com or api.example.com:8443`,
    )
  })
  return [...new Set(hosts)].sort()
}

function readListed<Word extends string>(shape: Shape, field: string, known: readonly Word[]): Word[] {
  const words = shape.strings(field)
  const unknown = words.find((word) => !known.some((one) => one === word))
  if (unknown !== undefined) throw shape.refuse(`"${field}" lists "${unknown}", but knows only ${known.join(', ')}`)
  return known.filter((word) => words.includes(word))
}

/** Nothing is said where there are none, so that such functions keep their CID. */
function readFlags(shape: Shape): Pick<HandlerConfig, 'flags'> {
  const flags = shape.has('flags') ? readListed<Flag>(shape, 'flags', FLAGS) : []
  return flags.length === 0 ? {} : { flags }
}

/** What a shell, too, takes for a variable. */
const ENV_KEY_PATTERN = /^(?!__proto__$)[A-Za-z_][A-Za-z0-9_]*$/

function readEnv(shape: Shape): Record<string, string> {
  const env = shape.texts('env')
  const wrong = Object.keys(env).find((key) => !ENV_KEY_PATTERN.test(key))
  if (wrong === undefined) return env
  throw shape.refuse(`"env" names "${wrong}", but wants names such as API_URL`)
}

/** Only the keys: nothing is said where there are none, so that such functions keep their CID. */
function readSecrets(shape: Shape): Pick<HandlerConfig, 'secrets'> {
  const secrets = shape.has('secrets') ? shape.strings('secrets', SECRET_KEYS_MAX) : []
  const wrong = secrets.find((key) => !SECRET_KEY_PATTERN.test(key))
  if (wrong !== undefined)
    throw shape.refuse(`"secrets" lists "${wrong}", but wants keys such as API_TOKEN, and no values`)
  const plain = shape.has('env') ? secrets.find((key) => Object.hasOwn(shape.texts('env'), key)) : undefined
  if (plain !== undefined)
    throw shape.refuse(`"${plain}" is in both "env" and "secrets", but what is in "env" is public`)
  return secrets.length === 0 ? {} : { secrets: [...new Set(secrets)].sort() }
}

/** Nothing is said where there are none, so that such functions keep their CID. */
function readCrons(shape: Shape): Pick<HandlerConfig, 'crons'> {
  const listed = shape.has('crons') ? shape.strings('crons', CRONS_MAX) : []
  const crons = listed.map((text) => {
    const cron = cronText(text)
    if (cron !== undefined) return cron
    throw shape.refuse(`"crons" lists "${text}", but wants times in UTC such as "*/15 * * * *" or "30 4 * * mon"`)
  })
  return crons.length === 0 ? {} : { crons: [...new Set(crons)].sort() }
}

function readDate(shape: Shape): string {
  const date = shape.string('compat')
  if (!/^\d{4}-\d{2}-\d{2}$/.test(date)) throw shape.refuse(`"compat" must be a date such as ${COMPAT_DEFAULT}`)
  const day = new Date(date)
  // The 31st of a month without one would be the 1st of the next.
  if (Number.isNaN(day.getTime()) || day.toISOString().slice(0, 10) !== date) {
    throw shape.refuse(`"compat" is ${date}, which is no day`)
  }
  // Somewhere on earth it is tomorrow already.
  if (day.getTime() > Date.now() + DAY_MS) throw shape.refuse(`"compat" is ${date}, a day that has not come yet`)
  return date
}
