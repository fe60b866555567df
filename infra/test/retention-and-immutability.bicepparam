// Seven years of payloads that nobody can change.
using '../main.bicep'

param environmentName = 'kept'
param location = 'northeurope'
param bots = [
  { name: 'task-tactician', queue: 'bot-task-tactician', events: ['github.issues'], ordered: true }
  { name: 'notifier', queue: 'notify/all', events: ['*'] }
]

param archiveRetentionDays = 2555
param archiveCoolAfterDays = 2555
param archiveImmutabilityDays = 2555
param logRetentionDays = 730
