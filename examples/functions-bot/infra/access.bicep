metadata description = 'What the bot may do in the resource group of Breakwater: receive from its own queue, and read archived payloads.'

param namespaceName string
param queueName string
param archiveStorageName string
param identityId string
param principalId string

var serviceBusDataReceiver = '4f6d3b9b-027b-4f4c-9142-0e5a2a2247e0'
var storageBlobDataReader = '2a2b9908-6ea1-4ae2-8e65-a410df84e7d1'

resource namespace 'Microsoft.ServiceBus/namespaces@2024-01-01' existing = {
  name: namespaceName

  resource queue 'queues' existing = {
    name: queueName
  }
}

resource archive 'Microsoft.Storage/storageAccounts@2025-06-01' existing = {
  name: archiveStorageName

  resource blobs 'blobServices' existing = {
    name: 'default'

    resource payloads 'containers' existing = {
      name: 'webhook-payloads'
    }
  }
}

resource receives 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(namespace::queue.id, identityId, serviceBusDataReceiver)
  scope: namespace::queue
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', serviceBusDataReceiver)
    principalId: principalId
    principalType: 'ServicePrincipal'
  }
}

resource reads 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(archive::blobs::payloads.id, identityId, storageBlobDataReader)
  scope: archive::blobs::payloads
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', storageBlobDataReader)
    principalId: principalId
    principalType: 'ServicePrincipal'
  }
}
