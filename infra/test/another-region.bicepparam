// A region without availability zones, and without Node.js 24.
using '../main.bicep'

param environmentName = 'west'
param location = 'westus'
param bots = [
  { name: 'task-tactician', queue: 'bot-task-tactician', events: ['github.issues'], ordered: true }
  { name: 'notifier', queue: 'notify/all', events: ['*'] }
]

param nodeVersion = '22'
param archiveRedundancy = 'Standard_LRS'
param alwaysReadyInstances = 0
