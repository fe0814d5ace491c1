import { basename, relative, resolve } from 'node:path'
import { checkName, HitherError } from '@hither/core'
import { text } from '../options.ts'
import { copyTemplate, listTemplates, type Template } from '../templates.ts'
import { ask, canAsk } from '../terminal/ask.ts'
import { table } from '../terminal/words.ts'
import type { Verb } from '../verb.ts'

/** What those get who choose nothing. */
const DEFAULT = 'hello'

export const verb: Verb = {
  usage: 'init [NAME] [--template TEMPLATE]',
  summary: 'start a handler in a folder of its own: typed, tested, ready to deploy',
  options: {
    template: { type: 'string', short: 't', value: 'TEMPLATE', help: `${DEFAULT} by default; "list" shows all` },
  },
  async run({ args, options, out }) {
    if (args.length > 1) throw new HitherError('usage', 'one handler at a time', { fix: `fn ${verb.usage}` })
    const templates = await listTemplates()
    const wanted = text(options, 'template')
    if (wanted === 'list') {
      out.result(
        templates.map(({ name, about }) => ({ name, about })),
        () => listed(templates),
      )
      return
    }
    const chosen = wanted ?? (!out.json && canAsk() ? await choose(templates) : DEFAULT)
    const template = find(templates, chosen)
    const folder = resolve(args[0] ?? template.name)
    const name = checkName(basename(folder))
    const files = await copyTemplate(template, folder, name)
    out.result({ name, folder, template: template.name, files }, () => words(template, folder, files))
  },
}

async function choose(templates: Template[]): Promise<string> {
  const answer = await ask(`${listed(templates)}\nWhich one? [${DEFAULT}]`)
  return answer === '' ? DEFAULT : answer
}

function find(templates: Template[], wanted: string): Template {
  const template = templates.find(({ name }) => name === wanted)
  if (template !== undefined) return template
  throw new HitherError('usage', `there is no template "${wanted}"`, {
    why: `there are ${templates.map(({ name }) => name).join(', ')}`,
    fix: 'fn init --template list   says what each is',
  })
}

function listed(templates: Template[]): string {
  return table(
    ['TEMPLATE', 'WHAT IT IS'],
    templates.map(({ name, about }) => [name, about]),
  )
}

function words({ name, installs }: Template, folder: string, files: string[]): string {
  const here = relative('', folder)
  return [
    `${name} is in ${folder}: ${files.join(', ')}`,
    '',
    ...(here === '' ? [] : [`  cd ${here}`]),
    `  ${installs ? 'npm install && ' : ''}npm test`,
    '  fn deploy',
    '',
    'README.md says what it does, and how to call it.',
  ].join('\n')
}
