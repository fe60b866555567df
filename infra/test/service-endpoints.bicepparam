// A network with service endpoints, and the address of an operator.
using '../main.bicep'

param environmentName = 'endpoints'
param location = 'northeurope'
param bots = [
  { name: 'task-tactician', queue: 'bot-task-tactician', events: ['github.issues'], ordered: true }
  { name: 'notifier', queue: 'notify/all', events: ['*'] }
]

param subnetId = '/subscriptions/11111111-1111-4111-8111-111111111111/resourceGroups/network/providers/Microsoft.Network/virtualNetworks/hub/subnets/functions'
param allowedIpAddresses = ['198.51.100.7']
