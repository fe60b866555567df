metadata description = 'One queue for each bot, and the queue where the archive is owed payloads while storage fails. The app may send to these queues and no others.'

param name string
param location string
param tags object

@allowed(['Standard', 'Premium'])
param tier string

param duplicateWindow string
param capacity int
param maximumCapacity int
param partitions int

@description('Name, queue and order of each bot, as in bots.json.')
param bots array

param isRestricted bool
param subnetId string
param allowedIpAddresses array
param workspaceId string
param identityId string
param identityPrincipalId string
param botPrincipals object

@description('Queues where payloads wait for an archive that fails: one for each account.')
param backlogQueues array

var roles = loadJsonContent('../roles.json')
var isPremium = tier == 'Premium'
var grows = isPremium && maximumCapacity > capacity
var coalescing = filter(bots, bot => bot.coalesces)
var receivers = map(bots, bot => toLower(botPrincipals[?bot.name] ?? ''))

resource namespace 'Microsoft.ServiceBus/namespaces@2024-01-01' = {
  name: name
  location: location
  tags: tags
  sku: isPremium ? { name: 'Premium', tier: 'Premium', capacity: capacity } : { name: 'Standard', tier: 'Standard' }
  properties: {
    premiumMessagingPartitions: isPremium ? partitions : null
    disableLocalAuth: true
    minimumTlsVersion: '1.2'
    publicNetworkAccess: 'Enabled'
  }
}

// Written in any case: left out, the rules of an earlier deployment would stay.
resource networkRules 'Microsoft.ServiceBus/namespaces/networkRuleSets@2024-01-01' = if (isPremium) {
  parent: namespace
  name: 'default'
  properties: {
    defaultAction: isRestricted ? 'Deny' : 'Allow'
    publicNetworkAccess: 'Enabled'
    trustedServiceAccessEnabled: true
    virtualNetworkRules: isRestricted && !empty(subnetId) ? [{ subnet: { id: subnetId } }] : []
    ipRules: map(allowedIpAddresses, address => { ipMask: address, action: 'Allow' })
  }
}

// One step up when it works hard for some minutes, one down when it has been idle for longer.
resource growth 'Microsoft.Insights/autoscalesettings@2021-05-01-preview' = if (grows) {
  name: '${name}-capacity'
  location: location
  tags: tags
  properties: {
    enabled: true
    targetResourceUri: namespace.id
    profiles: [
      {
        name: 'by-load'
        capacity: { minimum: string(capacity), maximum: string(maximumCapacity), default: string(capacity) }
        rules: map(
          [
            { operator: 'GreaterThan', threshold: 70, direction: 'Increase', window: 'PT5M' }
            { operator: 'LessThan', threshold: 25, direction: 'Decrease', window: 'PT30M' }
          ],
          rule => {
            metricTrigger: {
              metricName: 'NamespaceCpuUsage'
              metricNamespace: 'microsoft.servicebus/namespaces'
              metricResourceUri: namespace.id
              operator: rule.operator
              threshold: rule.threshold
              statistic: 'Average'
              timeAggregation: 'Average'
              timeGrain: 'PT1M'
              timeWindow: rule.window
            }
            scaleAction: { direction: rule.direction, type: 'ServiceAllowedNextValue', value: '1', cooldown: 'PT10M' }
          }
        )
      }
    ]
  }
}

// Sessions and duplicate detection cannot be changed later: a bot that becomes ordered needs a new queue.
@batchSize(5)
resource botQueues 'Microsoft.ServiceBus/namespaces/queues@2024-01-01' = [for (bot, index) in bots: {
  parent: namespace
  name: replace(bot.queue, '/', '~')
  properties: {
    requiresSession: bot.ordered
    requiresDuplicateDetection: true
    duplicateDetectionHistoryTimeWindow: duplicateWindow
    deadLetteringOnMessageExpiration: true
    defaultMessageTimeToLive: 'P14D'
    lockDuration: 'PT1M'
    maxDeliveryCount: 10
    maxSizeInMegabytes: 5120
  }
}]

// Where the events of a bot with "coalesce" wait until their burst is over. The app looks at them again and again: that must not wear them out.
@batchSize(5)
resource burstQueues 'Microsoft.ServiceBus/namespaces/queues@2024-01-01' = [for (bot, index) in coalescing: {
  parent: namespace
  name: '${replace(bot.queue, '/', '~')}-bursts'
  properties: {
    requiresSession: true
    requiresDuplicateDetection: true
    duplicateDetectionHistoryTimeWindow: duplicateWindow
    deadLetteringOnMessageExpiration: true
    defaultMessageTimeToLive: 'P14D'
    lockDuration: 'PT1M'
    maxDeliveryCount: 1000
    maxSizeInMegabytes: 5120
  }
}]

resource archiveBacklogs 'Microsoft.ServiceBus/namespaces/queues@2024-01-01' = [for (queue, index) in backlogQueues: {
  parent: namespace
  name: queue
  properties: {
    requiresSession: false
    requiresDuplicateDetection: true
    duplicateDetectionHistoryTimeWindow: duplicateWindow
    deadLetteringOnMessageExpiration: true
    defaultMessageTimeToLive: 'P14D'
    lockDuration: 'PT30S'
    maxDeliveryCount: 1000
    maxSizeInMegabytes: 5120
  }
}]

resource sendsToBots 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for (bot, index) in bots: {
  name: guid(botQueues[index].id, identityId, roles.serviceBusDataSender)
  scope: botQueues[index]
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.serviceBusDataSender)
    principalId: identityPrincipalId
    principalType: 'ServicePrincipal'
  }
}]

resource sendsToBursts 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for (bot, index) in coalescing: {
  name: guid(burstQueues[index].id, identityId, roles.serviceBusDataSender)
  scope: burstQueues[index]
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.serviceBusDataSender)
    principalId: identityPrincipalId
    principalType: 'ServicePrincipal'
  }
}]

resource receivesFromBursts 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for (bot, index) in coalescing: {
  name: guid(burstQueues[index].id, identityId, roles.serviceBusDataReceiver)
  scope: burstQueues[index]
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.serviceBusDataReceiver)
    principalId: identityPrincipalId
    principalType: 'ServicePrincipal'
  }
}]

resource sendsToBacklogs 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for (queue, index) in backlogQueues: {
  name: guid(archiveBacklogs[index].id, identityId, roles.serviceBusDataSender)
  scope: archiveBacklogs[index]
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.serviceBusDataSender)
    principalId: identityPrincipalId
    principalType: 'ServicePrincipal'
  }
}]

resource receivesFromBacklogs 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for (queue, index) in backlogQueues: {
  name: guid(archiveBacklogs[index].id, identityId, roles.serviceBusDataReceiver)
  scope: archiveBacklogs[index]
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.serviceBusDataReceiver)
    principalId: identityPrincipalId
    principalType: 'ServicePrincipal'
  }
}]

resource botReceives 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for (bot, index) in bots: if (!empty(receivers[index])) {
  name: guid(botQueues[index].id, receivers[index], roles.serviceBusDataReceiver)
  scope: botQueues[index]
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.serviceBusDataReceiver)
    principalId: receivers[index]
    principalType: 'ServicePrincipal'
  }
}]

resource diagnostics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'to-workspace'
  scope: namespace
  properties: {
    workspaceId: workspaceId
    logs: [{ categoryGroup: 'allLogs', enabled: true }]
  }
}

output id string = namespace.id
// The endpoint is https://<host>:443/, whatever the cloud.
output hostName string = split(replace(namespace.properties.serviceBusEndpoint, 'https://', ''), ':')[0]
