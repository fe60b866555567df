// Premium Service Bus with partitions, which grows by its load.
using '../main.bicep'

param environmentName = 'premium'
param location = 'northeurope'
param bots = [
  { name: 'task-tactician', queue: 'bot-task-tactician', events: ['github.issues'], ordered: true }
  { name: 'notifier', queue: 'notify/all', events: ['*'] }
]

param serviceBusTier = 'Premium'
param serviceBusPartitions = 2
param serviceBusCapacity = 2
param serviceBusMaximumCapacity = 8
