import { AutoRouter, error, withParams, type IRequest } from 'itty-router'

/** Routes with parameters, a guard, and an error that becomes an answer. */
const router = AutoRouter({ before: [withParams] })

router
  .get('/things/:id', ({ params, query }: IRequest) => ({ id: params['id'], query }))
  .post('/things', async (request: IRequest) => ({ made: await request.json() }))
  .get('/secret', () => error(403, 'not for you'))

export default { fetch: router.fetch }
