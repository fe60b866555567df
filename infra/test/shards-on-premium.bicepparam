// Premium Service Bus in two namespaces, one more for a bot alone, and three accounts for the archive.
using '../main.bicep'

param environmentName = 'shards'
param location = 'northeurope'
param bots = [
  { name: 'task-tactician', queue: 'bot-task-tactician', events: ['github.issues'], ordered: true }
  { name: 'notifier', queue: 'notify/all', events: ['*'] }
  { name: 'firehose', queue: 'bot-firehose', events: ['*'] }
]
param botPrincipals = { firehose: '33333333-3333-4333-8333-333333333333' }

param serviceBusTier = 'Premium'
param serviceBusNamespaces = 2
param dedicatedBots = ['firehose']
param archiveAccounts = 3
