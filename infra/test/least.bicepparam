// What a deployment has that says nothing.
using '../main.bicep'

param environmentName = 'least'
param location = 'northeurope'
param bots = [
  { name: 'task-tactician', queue: 'bot-task-tactician', events: ['github.issues'], ordered: true }
  { name: 'notifier', queue: 'notify/all', events: ['*'] }
]
