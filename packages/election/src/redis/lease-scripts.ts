/*
 * One Lua script for each operation: Redis runs it whole or not at all, on its own clock. They mirror lease-operations.ts line by
 * line, and a property test holds the two together.
 *
 *   KEYS[1]   the hash of the group                ARGV[1]   the channel of its changes
 *   reply     now, outcome, record after, and for an acquisition the record before: all as text, because Redis cuts Lua
 *             numbers to integers and Lua prints them with 14 digits
 *
 * What must hold: there is one write command, HSET with all fields, so a script that fails (out of memory, read-only, no
 * permission) has changed nothing. PUBLISH comes after it and may fail without harm, as every observer polls too. Reading TIME
 * before a write is allowed because Redis replicates the effects of a script and not the script: always since 7, by default
 * since 5, and ioredis asks for 6.2. The key has no expiry, on purpose: a record that vanished could not tell of its epoch.
 */

const prelude = `
local names = {'epoch', 'holder', 'incarnation', 'leaseUntilMs', 'ttlMs', 'isr', 'isrEpoch', 'isrVersion', 'suspect'}
local isNumber = {epoch = true, leaseUntilMs = true, ttlMs = true, isrEpoch = true, isrVersion = true, suspect = true}

local function text(value)
  if type(value) == 'number' then return string.format('%.0f', value) end
  return value
end

local function fieldsOf(record)
  local fields = {}
  for i, name in ipairs(names) do fields[i] = text(record[name]) end
  return fields
end

local function load()
  local stored = redis.call('HMGET', KEYS[1], unpack(names))
  local found = 0
  for i = 1, #names do if stored[i] then found = found + 1 end end
  if found == 0 then
    return {epoch = 0, holder = '', incarnation = '', leaseUntilMs = 0, ttlMs = 0, isr = '[]', isrEpoch = 0, isrVersion = 0,
      suspect = 0}
  end
  local record = {}
  for i, name in ipairs(names) do
    local value = stored[i]
    if not value or (isNumber[name] and not string.match(value, '^%d+$')) then
      return nil, 'INVALIDRECORD field ' .. name .. ' is ' .. tostring(value)
    end
    record[name] = isNumber[name] and tonumber(value) or value
  end
  return record
end

local function remaining(record, now)
  if record.holder == '' then return 0 end
  return math.max(0, math.min(record.leaseUntilMs - now, record.ttlMs))
end

local function isHolder(record, id, incarnation)
  return record.holder == id and record.incarnation == incarnation
end

local function refusal(record, id, incarnation, epoch)
  if record.epoch > epoch then return 'superseded' end
  if record.epoch < epoch then return 'forgotten' end
  if record.holder == '' then return 'released' end
  if not isHolder(record, id, incarnation) then return 'other-holder' end
end

local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local record, problem = load()
if problem then return redis.error_reply(problem) end
local before = fieldsOf(record)

local function save()
  local fields = fieldsOf(record)
  local arguments = {}
  for i, name in ipairs(names) do
    arguments[#arguments + 1] = name
    arguments[#arguments + 1] = fields[i]
  end
  redis.call('HSET', KEYS[1], unpack(arguments))
  redis.pcall('PUBLISH', ARGV[1], cjson.encode({text(now), unpack(fields)}))
end

local function reply(outcome)
  local answer = {text(now), outcome}
  for _, field in ipairs(fieldsOf(record)) do answer[#answer + 1] = field end
  for _, field in ipairs(before) do answer[#answer + 1] = field end
  return answer
end
`

const acquire = `
local id, incarnation = ARGV[2], ARGV[3]
local ownerIndex, minEpoch, ttlMs, replaces = tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6]), ARGV[7]
if remaining(record, now) > 0 and not isHolder(record, id, incarnation) and not isHolder(record, id, replaces) then
  if record.leaseUntilMs > now + record.ttlMs then
    record.leaseUntilMs = now + record.ttlMs
    save()
  end
  return reply('held')
end
if minEpoch > record.epoch then record.suspect = 1 end
local epoch = math.max(record.epoch, minEpoch) + 1
if ownerIndex >= 0 then epoch = epoch + (ownerIndex - epoch) % 64 end
record.epoch = epoch
record.holder = id
record.incarnation = incarnation
record.leaseUntilMs = now + ttlMs
record.ttlMs = ttlMs
save()
return reply('acquired')
`

const renew = `
local id, incarnation, epoch = ARGV[2], ARGV[3], tonumber(ARGV[4])
local isrEpoch, isrVersion, ttlMs = tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7])
local reason = refusal(record, id, incarnation, epoch)
if reason then return reply(reason) end
record.leaseUntilMs = now + ttlMs
record.ttlMs = ttlMs
save()
if record.isrEpoch < isrEpoch or (record.isrEpoch == isrEpoch and record.isrVersion < isrVersion) then
  return reply('renewed-isr-behind')
end
return reply('renewed')
`

const release = `
local id, incarnation, epoch = ARGV[2], ARGV[3], tonumber(ARGV[4])
local reason = refusal(record, id, incarnation, epoch)
if reason then return reply(reason) end
record.holder = ''
record.incarnation = ''
record.leaseUntilMs = 0
save()
return reply('released-now')
`

const updateIsr = `
local id, incarnation, epoch = ARGV[2], ARGV[3], tonumber(ARGV[4])
local expectedVersion, minVersion, isr = tonumber(ARGV[5]), tonumber(ARGV[6]), ARGV[7]
local reason = refusal(record, id, incarnation, epoch)
if reason then return reply(reason) end
if record.isrVersion ~= expectedVersion then return reply('version-mismatch') end
record.isr = isr
record.isrEpoch = epoch
record.isrVersion = math.max(record.isrVersion, minVersion) + 1
record.suspect = 0
save()
return reply('updated')
`

const read = `
return reply('read')
`

/*
 * What the coordinator is called: no operation on a record, and nothing of the prelude.
 *
 *   KEYS[1]   the hash of the coordinator          ARGV[2]   what to call it unless it is called something already
 *   reply     what it is called; nothing: it has no name and takes none, as a replica or one that is full
 *
 * pcall, because a refusal would be an error reply, and for that of a replica the connection is made anew.
 */
const identify = `
local id = redis.call('HGET', KEYS[1], 'id')
if id then return id end
local made = redis.pcall('HSETNX', KEYS[1], 'id', ARGV[2])
if type(made) == 'table' then return false end
return ARGV[2]
`

/** The names under which the scripts are defined as commands of the client. */
export type LeaseScriptName =
  | 'yakLeaseAcquire'
  | 'yakLeaseRenew'
  | 'yakLeaseRelease'
  | 'yakLeaseUpdateIsr'
  | 'yakLeaseRead'
  | 'yakCoordinatorId'

export const leaseScripts: Readonly<Record<LeaseScriptName, string>> = {
  yakLeaseAcquire: prelude + acquire,
  yakLeaseRenew: prelude + renew,
  yakLeaseRelease: prelude + release,
  yakLeaseUpdateIsr: prelude + updateIsr,
  yakLeaseRead: prelude + read,
  yakCoordinatorId: identify,
}
