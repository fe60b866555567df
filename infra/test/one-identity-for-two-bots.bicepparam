// Bots that share an identity: each role is given once.
using '../main.bicep'

param environmentName = 'shared'
param location = 'northeurope'
param bots = [
  { name: 'task-tactician', queue: 'bot-task-tactician', events: ['github.issues'], ordered: true }
  { name: 'notifier', queue: 'notify/all', events: ['*'] }
]

param botPrincipals = {
  'task-tactician': '33333333-3333-4333-8333-333333333333'
  notifier: '33333333-3333-4333-8333-333333333333'
}
