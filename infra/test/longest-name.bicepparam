// The longest name that an environment can have.
using '../main.bicep'

param environmentName = 'e234567890123456789012345678901234567890123456789012345678901234'
param location = 'northeurope'
param bots = [
  { name: 'task-tactician', queue: 'bot-task-tactician', events: ['github.issues'], ordered: true }
  { name: 'notifier', queue: 'notify/all', events: ['*'] }
]
