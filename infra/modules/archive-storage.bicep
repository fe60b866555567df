metadata description = 'The archive: every payload as it came, what queues are still owed, and what could not be delivered. Nobody has a key; the app may touch three containers and no more.'

param name string
param location string
param tags object
param redundancy string
param coolAfterDays int
param retentionDays int
param immutabilityDays int
param lockAccount bool
param subnetId string
param allowedIpAddresses array
param workspaceId string
param identityId string
param identityPrincipalId string
param botPrincipals object

var roles = loadJsonContent('../roles.json')
var isRestricted = !empty(subnetId)
var isImmutable = immutabilityDays > 0
var payloadContainerName = 'webhook-payloads'
var outboxContainerName = 'webhook-outbox'
var deadLetterContainerName = 'webhook-dead-letters'

resource account 'Microsoft.Storage/storageAccounts@2025-06-01' = {
  name: name
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: { name: redundancy }
  properties: {
    accessTier: 'Hot'
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
    allowBlobPublicAccess: false
    allowSharedKeyAccess: false
    allowCrossTenantReplication: false
    defaultToOAuthAuthentication: true
    publicNetworkAccess: 'Enabled'
    networkAcls: {
      bypass: 'AzureServices'
      defaultAction: isRestricted ? 'Deny' : 'Allow'
      virtualNetworkRules: isRestricted ? [{ id: subnetId, action: 'Allow' }] : []
      ipRules: map(allowedIpAddresses, address => { value: address, action: 'Allow' })
    }
  }
}

resource blobService 'Microsoft.Storage/storageAccounts/blobServices@2025-06-01' = {
  parent: account
  name: 'default'
  properties: {
    isVersioningEnabled: true
    deleteRetentionPolicy: { enabled: true, days: 14 }
    containerDeleteRetentionPolicy: { enabled: true, days: 14 }
  }
}

resource payloads 'Microsoft.Storage/storageAccounts/blobServices/containers@2025-06-01' = {
  parent: blobService
  name: payloadContainerName
  properties: isImmutable
    ? { publicAccess: 'None', immutableStorageWithVersioning: { enabled: true } }
    : { publicAccess: 'None' }
}

// Left unlocked: whoever wants it locked for good does that by hand, once, knowing what it means.
resource immutability 'Microsoft.Storage/storageAccounts/blobServices/containers/immutabilityPolicies@2025-06-01' = if (isImmutable) {
  parent: payloads
  name: 'default'
  properties: {
    immutabilityPeriodSinceCreationInDays: immutabilityDays
    allowProtectedAppendWrites: false
  }
}

resource outbox 'Microsoft.Storage/storageAccounts/blobServices/containers@2025-06-01' = {
  parent: blobService
  name: outboxContainerName
  properties: { publicAccess: 'None' }
}

resource deadLetters 'Microsoft.Storage/storageAccounts/blobServices/containers@2025-06-01' = {
  parent: blobService
  name: deadLetterContainerName
  properties: { publicAccess: 'None' }
}

// Outbox records are deleted by the app alone, when they have been delivered; only the versions it leaves behind are cleaned up.
resource lifecycle 'Microsoft.Storage/storageAccounts/managementPolicies@2025-06-01' = {
  parent: account
  name: 'default'
  dependsOn: [blobService]
  properties: {
    policy: {
      rules: [
        {
          name: 'payloads'
          type: 'Lifecycle'
          definition: {
            filters: { blobTypes: ['blockBlob'], prefixMatch: ['${payloadContainerName}/'] }
            actions: {
              baseBlob: {
                tierToCool: { daysAfterModificationGreaterThan: coolAfterDays }
                delete: { daysAfterModificationGreaterThan: retentionDays }
              }
              version: { delete: { daysAfterCreationGreaterThan: retentionDays } }
            }
          }
        }
        {
          name: 'dead-letters'
          type: 'Lifecycle'
          definition: {
            filters: { blobTypes: ['blockBlob'], prefixMatch: ['${deadLetterContainerName}/'] }
            actions: {
              baseBlob: { delete: { daysAfterModificationGreaterThan: retentionDays } }
              version: { delete: { daysAfterCreationGreaterThan: retentionDays } }
            }
          }
        }
        {
          name: 'outbox-versions'
          type: 'Lifecycle'
          definition: {
            filters: { blobTypes: ['blockBlob'], prefixMatch: ['${outboxContainerName}/'] }
            actions: { version: { delete: { daysAfterCreationGreaterThan: 14 } } }
          }
        }
      ]
    }
  }
}

resource writesPayloads 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(payloads.id, identityId, roles.storageBlobDataContributor)
  scope: payloads
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.storageBlobDataContributor)
    principalId: identityPrincipalId
    principalType: 'ServicePrincipal'
  }
}

resource writesOutbox 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(outbox.id, identityId, roles.storageBlobDataContributor)
  scope: outbox
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.storageBlobDataContributor)
    principalId: identityPrincipalId
    principalType: 'ServicePrincipal'
  }
}

resource writesDeadLetters 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(deadLetters.id, identityId, roles.storageBlobDataContributor)
  scope: deadLetters
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.storageBlobDataContributor)
    principalId: identityPrincipalId
    principalType: 'ServicePrincipal'
  }
}

// A bot follows the claim check of a large event into the archive.
resource botReadsPayloads 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for (bot, index) in items(botPrincipals): {
  name: guid(payloads.id, bot.value, roles.storageBlobDataReader)
  scope: payloads
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.storageBlobDataReader)
    principalId: bot.value
    principalType: 'ServicePrincipal'
  }
}]

resource lock 'Microsoft.Authorization/locks@2020-05-01' = if (lockAccount) {
  name: 'keep-the-archive'
  scope: account
  properties: {
    level: 'CanNotDelete'
    notes: 'Holds the only lasting copy of acknowledged webhooks.'
  }
}

// Who read or deleted a payload. Writes are left out: each webhook's own log line tells of them.
resource diagnostics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'to-workspace'
  scope: blobService
  properties: {
    workspaceId: workspaceId
    logs: [
      { category: 'StorageRead', enabled: true }
      { category: 'StorageDelete', enabled: true }
    ]
  }
}

output blobEndpoint string = account.properties.primaryEndpoints.blob
