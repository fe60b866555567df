// The same once its policy has been locked by hand.
using '../main.bicep'

param environmentName = 'kept'
param location = 'northeurope'
param bots = [
  { name: 'task-tactician', queue: 'bot-task-tactician', events: ['github.issues'], ordered: true }
  { name: 'notifier', queue: 'notify/all', events: ['*'] }
]

param archiveRetentionDays = 2555
param archiveImmutabilityDays = 2555
param archiveImmutabilityLocked = true
