metadata description = 'The archive: every payload as it came, what queues are still owed, what could not be delivered, what could not be verified yet, and batches that are not taken apart yet. Nobody has a key; the app may touch five containers and no more.'

param name string
param location string
param tags object
param redundancy string
param coolAfterDays int
param retentionDays int
param immutabilityDays int
param immutabilityLocked bool
param lockAccount bool

@description('Days after which a delivery that could not be verified is deleted: later than the app gives it up.')
param quarantineDays int

param isRestricted bool
param subnetId string
param allowedIpAddresses array
param workspaceId string
param identityId string
param identityPrincipalId string
param botPrincipals object

var roles = loadJsonContent('../roles.json')
// Bots may share an identity: a role is given once to each.
var readers = union(map(items(botPrincipals), bot => toLower(bot.value)), [])
var isImmutable = immutabilityDays > 0 || immutabilityLocked
var payloadContainerName = 'webhook-payloads'
var outboxContainerName = 'webhook-outbox'
var deadLetterContainerName = 'webhook-dead-letters'
var quarantineContainerName = 'webhook-quarantine'
var batchContainerName = 'webhook-batches'

// What was delivered late is remembered for eight days, by the code; rules count whole days and run once a day.
var deliveredPrefix = 'delivered/'
// What lists of deliveries are read from, in the outbox's container; the code trusts it for 35 days.
var indexPrefix = 'archived/'
var indexDays = 40
// What instances tell each other of accepted bodies, in append blobs beside the payloads.
var seenBodiesPrefix = 'seen-bodies/'
var rememberDays = 9

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
      virtualNetworkRules: isRestricted && !empty(subnetId) ? [{ id: subnetId, action: 'Allow' }] : []
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

// Left unlocked: whoever wants it locked for good does that by hand, once, knowing what it means, and says so here:
// a locked policy takes no other command than to extend it.
resource immutability 'Microsoft.Storage/storageAccounts/blobServices/containers/immutabilityPolicies@2025-06-01' = if (isImmutable && !immutabilityLocked) {
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

resource quarantine 'Microsoft.Storage/storageAccounts/blobServices/containers@2025-06-01' = {
  parent: blobService
  name: quarantineContainerName
  properties: { publicAccess: 'None' }
}

resource batches 'Microsoft.Storage/storageAccounts/blobServices/containers@2025-06-01' = {
  parent: blobService
  name: batchContainerName
  properties: { publicAccess: 'None' }
}

// What is owed is deleted by the app alone, when it has been delivered: no rule of the outbox reaches its records, whose
// names begin with a year, and none reaches a batch. What was deleted or overwritten stays as a version for some days.
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
              baseBlob: union(
                coolAfterDays < retentionDays ? { tierToCool: { daysAfterModificationGreaterThan: coolAfterDays } } : {},
                { delete: { daysAfterModificationGreaterThan: retentionDays } }
              )
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
        {
          name: 'batch-versions'
          type: 'Lifecycle'
          definition: {
            filters: { blobTypes: ['blockBlob'], prefixMatch: ['${batchContainerName}/'] }
            actions: { version: { delete: { daysAfterCreationGreaterThan: 14 } } }
          }
        }
        {
          name: 'outbox-delivered'
          type: 'Lifecycle'
          definition: {
            filters: { blobTypes: ['blockBlob'], prefixMatch: ['${outboxContainerName}/${deliveredPrefix}'] }
            actions: { baseBlob: { delete: { daysAfterModificationGreaterThan: rememberDays } } }
          }
        }
        {
          name: 'archive-index'
          type: 'Lifecycle'
          definition: {
            filters: { blobTypes: ['blockBlob'], prefixMatch: ['${outboxContainerName}/${indexPrefix}'] }
            actions: { baseBlob: { delete: { daysAfterModificationGreaterThan: indexDays } } }
          }
        }
        {
          name: 'seen-bodies'
          type: 'Lifecycle'
          definition: {
            filters: { blobTypes: ['appendBlob'], prefixMatch: ['${payloadContainerName}/${seenBodiesPrefix}'] }
            actions: { baseBlob: { delete: { daysAfterModificationGreaterThan: rememberDays } } }
          }
        }
        {
          name: 'quarantine'
          type: 'Lifecycle'
          definition: {
            filters: { blobTypes: ['blockBlob'], prefixMatch: ['${quarantineContainerName}/'] }
            actions: {
              baseBlob: { delete: { daysAfterModificationGreaterThan: quarantineDays } }
              version: { delete: { daysAfterCreationGreaterThan: 1 } }
            }
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

resource writesQuarantine 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(quarantine.id, identityId, roles.storageBlobDataContributor)
  scope: quarantine
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.storageBlobDataContributor)
    principalId: identityPrincipalId
    principalType: 'ServicePrincipal'
  }
}

resource writesBatches 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(batches.id, identityId, roles.storageBlobDataContributor)
  scope: batches
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.storageBlobDataContributor)
    principalId: identityPrincipalId
    principalType: 'ServicePrincipal'
  }
}

// A bot follows the claim check of a large event into the archive.
resource botReadsPayloads 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for (principal, index) in readers: {
  name: guid(payloads.id, principal, roles.storageBlobDataReader)
  scope: payloads
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.storageBlobDataReader)
    principalId: principal
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
