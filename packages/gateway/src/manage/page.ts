import { html } from 'hono/html'
import type { ListedName } from '@hither/peer'
import { hostOf } from '../site/address.ts'

const STYLE = 'body{font:1rem/1.5 system-ui;margin:2rem}td,th{padding:.1rem 2rem .1rem 0;text-align:left}'

type Html = ReturnType<typeof html>

/** The functions that are known here, with their addresses. */
export function page(names: ListedName[], port: number): Html {
  const rows = names.filter(({ cid }) => cid !== null).map((listed) => row(listed, port))
  return html`<!doctype html>
    <html lang="en">
      <meta charset="utf-8" />
      <title>hither</title>
      <style>
        ${STYLE}
      </style>
      <h1>hither</h1>
      ${rows.length === 0 ? html`<p>No function is known here yet. Deploy one: <code>fn deploy ENTRY</code></p>` : table(rows)}
      <p><a href="/-/status">status</a></p>
    </html>`
}

function table(rows: Html[]): Html {
  return html`<table>
    <tr>
      <th>function</th>
      <th>record</th>
      <th>since</th>
      <th>what changed</th>
    </tr>
    ${rows}
  </table>`
}

function row({ name, publisher, alias, own, sequence, time, message }: ListedName, port: number): Html {
  const target = own ? name : `${alias ?? publisher}/${name}`
  return html`<tr>
    <td><a href="http://${hostOf(target, port)}/">${target}</a></td>
    <td>${sequence}</td>
    <td>${new Date(time).toISOString().slice(0, 10)}</td>
    <td>${message}</td>
  </tr>`
}
