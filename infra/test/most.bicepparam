// Everything that can be switched on in one deployment without a network of its own.
using '../main.bicep'

param environmentName = 'Most'
param location = 'West Europe'
param bots = [
  { name: 'task-tactician', queue: 'bot-task-tactician', events: ['github.issues'], ordered: true, coalesce: { quietSeconds: 30, maxWaitSeconds: 300 } }
  { name: 'notifier', queue: 'notify/all', events: ['*'] }
]

param principalId = '22222222-2222-4222-8222-222222222222'
param principalType = 'Group'
param providers = 'github, slack,azure-devops,slack'
param onlyFromSenders = true
param senderRanges = ['3.33.0.0/16', '198.51.100.200', '2001:db8::7', 'AzureFrontDoor.Backend']
param instanceMemoryMB = 512
param maximumInstanceCount = 40
param alwaysReadyInstances = 2
param httpConcurrency = 4
param largestBodyKB = 256
param zoneRedundant = true
param archiveRedundancy = 'Standard_GZRS'
param lockArchive = true
param logDailyQuotaGb = 0
param alertEmail = 'operators@example.org'
param noTrafficWindow = ''
param backlogThreshold = 50
param duplicateWindow = 'P7D'
param allowedIpAddresses = ['198.51.100.7/32', '198.51.100.8/31', '203.0.113.0/24']
param botPrincipals = { notifier: '33333333-3333-4333-8333-333333333333' }
param extraSettings = { QUEUE_UNAVAILABLE: 'defer', CircuitBreaker__blobStorage__coolDownMs: 10000, OUTBOX_MAX_AGE_SECONDS: '864000' }
param tags = { owner: 'platform' }
