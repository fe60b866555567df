// GitHub's largest deliveries, from GitHub alone.
using '../main.bicep'

param environmentName = 'largest'
param location = 'northeurope'
param bots = [
  { name: 'task-tactician', queue: 'bot-task-tactician', events: ['github.issues'], ordered: true }
  { name: 'notifier', queue: 'notify/all', events: ['*'] }
]

param instanceMemoryMB = 4096
param httpConcurrency = 5
param largestBodyKB = 25600
param onlyFromSenders = true
