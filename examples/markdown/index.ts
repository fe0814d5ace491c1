import { Hono } from 'hono'
import { marked } from 'marked'

/** Markdown in, a page out. Any app object with a `fetch` is a handler, so a Hono app is one as it stands. */
const app = new Hono()

const SAMPLE = `# Markdown

POST some Markdown here and get it back **as a page**:

    curl --data-binary @README.md <this address>
`

/** What people send is shown, never run: no scripts, no frames, no forms. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src https: data:"

app.use(async (c, next) => {
  await next()
  c.header('content-security-policy', POLICY)
})

app.get('/', async (c) => c.html(await page(SAMPLE)))

app.post('/', async (c) => c.html(await page(await c.req.text())))

async function page(markdown: string): Promise<string> {
  return `<!doctype html>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<style>body { max-width: 40rem; margin: 2rem auto; padding: 0 1rem; font: 1rem/1.5 system-ui }</style>
${await marked.parse(markdown)}`
}

export default app
