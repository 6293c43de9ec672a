// BullMQ as a process that obeys orders, one a line, as process.go sends them.
import { createRequire } from 'node:module'
import { createInterface } from 'node:readline'
import { Queue, Worker } from 'bullmq'
import IORedis from 'ioredis'

const concurrency = 100
const batch = 1000
const filler = 'x'.repeat(100)

let connection, queue, worker

const now = () => performance.timeOrigin + performance.now() // milliseconds, finer than Date.now
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, Math.max(0, ms)))

// 100 bytes of JSON that begin with a number.
const dataOf = (i) => ({ p: (String(i).padStart(8, '0') + ' ' + filler).slice(0, 100 - '{"p":""}'.length) })
const numberOf = (data) => Number(data.p.slice(0, 8))

const client = () => new IORedis({ ...connection, maxRetriesPerRequest: null })

// serve runs jobs; started is told of each at its start, ended at its end.
function serve(started, ended = () => {}) {
  worker = new Worker('bench', async (job) => started(job), {
    connection: client(), concurrency, removeOnComplete: { count: 0 },
  })
  worker.on('completed', ended)
  worker.on('error', (err) => console.error(err))
  return worker.waitUntilReady()
}

function spread(times) {
  const sorted = Float64Array.from(times, (t) => Math.max(0, t)).sort()
  const n = sorted.length
  if (n === 0) return { n: 0, p50: 0, p99: 0, max: 0 }
  const at = (p) => sorted[Math.ceil(p * n) - 1]
  return { n, p50: at(0.5), p99: at(0.99), max: sorted[n - 1] }
}

// countdown gives a promise of so many jobs, and what to call for each.
function countdown(n) {
  let over
  const all = new Promise((resolve) => { over = resolve })
  return { all, one: () => { if (--n === 0) over() } }
}

const orders = {
  async open({ store }) {
    const [host, port] = store.split(':')
    connection = { host, port: Number(port) }
    queue = new Queue('bench', { connection: client() })
    await queue.waitUntilReady()
    return { version: createRequire(import.meta.url)('bullmq/package.json').version }
  },

  async enqueue({ n }) {
    // Two calls under way keep Redis busy while the next batch is made.
    const calls = []
    for (let from = 0; from < n; from += batch) {
      const jobs = []
      for (let i = from; i < Math.min(n, from + batch); i++) jobs.push({ name: 'nop', data: dataOf(i) })
      calls.push(queue.addBulk(jobs))
      if (calls.length > 1) await calls.shift()
    }
    await Promise.all(calls)
    return {}
  },

  async work({ n }) {
    const left = countdown(n)
    await serve(() => {}, left.one)
    await left.all
    return {}
  },

  async trickle({ n, every }) {
    const late = []
    const calls = new Float64Array(n)
    const left = countdown(n)
    await serve((job) => {
      late.push(now() - calls[numberOf(job.data)])
      left.one()
    })
    const begin = now()
    for (let i = 0; i < n; i++) {
      await sleep(begin + (i * every) / 1e6 - now())
      calls[i] = now()
      await queue.add('nop', dataOf(i))
    }
    await left.all
    return { late: spread(late) }
  },

  async register({ plan }) {
    const due = Date.parse(plan.due)
    for (let from = 0; from < plan.n; from += batch) {
      const calls = []
      for (let i = from; i < Math.min(plan.n, from + batch); i++) {
        calls.push(queue.upsertJobScheduler(`job-${i}`, { every: plan.interval / 1e6, startDate: due }, { name: 'nop', data: dataOf(i) }))
      }
      await Promise.all(calls)
    }
    return {}
  },

  async tick({ plan }) {
    const due = Date.parse(plan.due)
    const interval = plan.interval / 1e6
    const late = []
    const left = countdown(plan.n * plan.periods)
    await serve((job) => {
      const nominal = Number(job.id.split(':').pop()) // repeat:ID:TIME
      if (Math.round((nominal - due) / interval) >= plan.periods) return
      late.push(now() - nominal)
      left.one()
    })
    // What has not come by then is what is measured.
    await Promise.race([left.all, sleep(due + (plan.periods + 1) * interval - now())])
    return { ticked: { started: spread(late) } }
  },
}

const say = (answer) => process.stdout.write(JSON.stringify(answer) + '\n')

for await (const line of createInterface({ input: process.stdin })) {
  const { do: name, ...order } = JSON.parse(line)
  try {
    say(orders[name] ? await orders[name](order) : { error: `there is no order ${name}` })
  } catch (err) {
    say({ error: String(err?.stack ?? err) })
  }
}
process.exit(0)
