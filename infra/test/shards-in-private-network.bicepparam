// Premium Service Bus with partitions in several namespaces, one of them for each bot that wants more, several accounts, all in a private network.
using '../main.bicep'

param environmentName = 'private-shards'
param location = 'northeurope'
param bots = [
  { name: 'task-tactician', queue: 'Bot.task_tactician', events: ['github.issues'], ordered: true, coalesce: { quietSeconds: 30, maxWaitSeconds: 300 } }
  { name: 'notifier', queue: 'notify/all', events: ['*'] }
  { name: 'firehose', queue: 'bot-firehose', events: ['*'] }
]
param botPrincipals = {
  'task-tactician': '33333333-3333-4333-8333-333333333333'
  firehose: '33333333-3333-4333-8333-333333333333'
}

param subnetId = '/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/network/providers/Microsoft.Network/virtualNetworks/hub/subnets/functions'
param privateEndpoints = true
param serviceBusTier = 'Premium'
param serviceBusPartitions = 4
param serviceBusCapacity = 4
param serviceBusMaximumCapacity = 16
param serviceBusNamespaces = 2
param dedicatedBots = ['firehose', 'notifier']
param archiveAccounts = 8
param archiveRetentionDays = 1
param archiveCoolAfterDays = 0
